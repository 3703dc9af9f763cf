"""The stand-in's pages, as a person would see them: pull requests, commits, comparisons, check runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.demo.github import git
from bot.demo.github.calls import Answer, not_found
from bot.demo.github.pages import views
from bot.demo.github.records import Repository
from bot.demo.github.state import GitHub

_FOLDER = Path(__file__).parent
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'",
}
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}


def show(state: GitHub, path: str) -> Answer:
    """The page at `path`. Raises ApiError (404). Private repositories are shown to everybody."""
    if path == "assets/page.css":
        css = (_FOLDER / "page.css").read_bytes()
        return Answer(css, headers={"Content-Type": "text/css; charset=utf-8"})
    if not path:
        return html("list.html", title="Repositories", repositories=state.repositories, pulls=state.pulls)
    if found := re.fullmatch(r"apps/([^/]+)/installations/new", path):
        return _install(state, found[1])
    found = re.fullmatch(r"([^/]+/[^/]+)(?:/([a-z]+)/(.+))?", path)
    repository = state.repository(found[1]) if found else None
    if found is None or repository is None:
        raise not_found()
    if found[2] is None:
        pulls = [one for one in state.pulls if one.repository is repository]
        return html("list.html", title=repository.full_name, repositories=[repository], pulls=pulls)
    page = _PAGES.get(found[2])
    if page is None:
        raise not_found()
    return page(state, repository, found[3])


def _install(state: GitHub, slug: str) -> Answer:
    app = next((one for one in state.apps if one.slug == slug), None)
    if app is None:
        raise not_found()
    return html("install.html", app=app)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(template: str, **facts: object) -> Answer:
    """The template, filled."""
    return Answer(_templates().get_template(template).render(**facts).encode(), headers=_HTML)


def _pull(state: GitHub, repository: Repository, rest: str) -> Answer:
    number = rest.partition("/")[0]
    pull = state.pull(repository, int(number)) if number.isdecimal() else None
    if pull is None:
        raise not_found()
    return html(
        "pull.html",
        repository=repository,
        pull=pull,
        commits=git.commits(repository.path, pull.base_sha, pull.head_sha),
        description=views.description(pull),
        conversation=views.conversation(state, pull),
        checks=views.checks(state, pull),
        files=views.pull_files(state, pull),
        fixes=views.fix_commits(pull),
    )


def _commit(_state: GitHub, repository: Repository, rest: str) -> Answer:
    sha = git.resolve(repository.path, rest)
    if sha is None:
        raise not_found()
    return html("commit.html", repository=repository, commit=views.commit(repository, sha))


def _compare(_state: GitHub, repository: Repository, rest: str) -> Answer:
    base_name, dots, head_name = rest.partition("...")
    base, head = git.resolve(repository.path, base_name), git.resolve(repository.path, head_name)
    common = git.merge_base(repository.path, base, head) if dots and base and head else None
    if head is None or common is None:
        raise not_found()
    return html(
        "compare.html",
        repository=repository,
        base=base_name,
        head=head_name,
        commits=[views.commit(repository, sha) for sha in git.commits(repository.path, common, head)],
        files=views.changes(repository, common, head),
    )


def _run(state: GitHub, repository: Repository, rest: str) -> Answer:
    run = next(
        (one for one in state.check_runs if str(one.id) == rest and one.suite.repository is repository), None
    )
    if run is None:
        raise not_found()
    return html("run.html", repository=repository, check=views.check(run))


def _blob(_state: GitHub, repository: Repository, rest: str) -> Answer:
    revision, _slash, name = rest.partition("/")
    sha = git.resolve(repository.path, revision)
    content = git.read_file(repository.path, sha, name) if sha else None
    if content is None:
        raise not_found()
    return Answer(content, headers=_PLAIN)


_PAGES: dict[str, Callable[[GitHub, Repository, str], Answer]] = {
    "pull": _pull,
    "commit": _commit,
    "compare": _compare,
    "runs": _run,
    "blob": _blob,
    "raw": _blob,
    "tree": _commit,
}
