"""REST: refs, branches, commits and comparisons."""

from __future__ import annotations

from bot.demo.github import diffs, git, shapes, shapes_pulls
from bot.demo.github.calls import Answer, ApiError, Call, Route, not_found, paged
from bot.demo.github.events import after_push, emit_pull
from bot.demo.github.records import Json, Repository, node_id
from bot.demo.github.rules import check_ref_name
from bot.demo.github.state import GitHub

_MAX_FILES = 300


def shape_ref(state: GitHub, home: Repository, ref: str, sha: str) -> Json:
    """git-ref."""
    api = f"{state.api}/repos/{home.full_name}/git"
    kind = git.object_type(home.path, sha) or "commit"
    return {
        "ref": ref,
        "node_id": node_id("REF", int(sha[:8], 16)),
        "url": f"{api}/{ref}",
        "object": {"type": kind, "sha": sha, "url": f"{api}/{kind}s/{sha}"},
    }


def _get_ref(call: Call) -> Answer:
    ref = f"refs/{call.args['ref']}"
    sha = git.refs(call.repository.path, ref).get(ref)
    if sha is None:
        raise not_found()
    return Answer(shape_ref(call.state, call.repository, ref, sha))


def _list_matching_refs(call: Call) -> Answer:
    found = git.refs(call.repository.path, f"refs/{call.args['ref']}")
    return Answer([shape_ref(call.state, call.repository, ref, sha) for ref, sha in found.items()])


def _create_ref(call: Call) -> Answer:
    home = call.repository
    name, sha = call.text("ref", required=True) or "", call.text("sha", required=True) or ""
    ref = create_ref(call, home, name, sha)
    return Answer(shape_ref(call.state, home, ref, sha), 201)


def create_ref(call: Call, home: Repository, name: str, sha: str) -> str:
    """Make a ref that is not there yet, as the caller; its full name. Raises ApiError (422)."""
    ref = check_ref_name(name)
    if git.object_type(home.path, sha) is None:
        raise ApiError(422, "Object does not exist")
    existing = git.refs(home.path)
    if ref in existing:
        raise ApiError(422, "Reference already exists")
    if any(other.startswith(f"{ref}/") or ref.startswith(f"{other}/") for other in existing):
        raise ApiError(422, "Reference update failed")
    git.update_ref(home.path, ref, sha)
    after_push(call.state, home, ref, None, sha, call.author)
    return ref


def _update_ref(call: Call) -> Answer:
    home, ref = call.repository, f"refs/{call.args['ref']}"
    sha = call.text("sha", required=True) or ""
    before = git.refs(home.path, ref).get(ref)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    if git.object_type(home.path, sha) is None:
        raise ApiError(422, "Object does not exist")
    if not call.json.get("force", False) and not git.is_ancestor(home.path, before, sha):
        raise ApiError(422, "Update is not a fast forward")
    git.update_ref(home.path, ref, sha)
    after_push(call.state, home, ref, before, sha, call.author)
    return Answer(shape_ref(call.state, home, ref, sha))


def _delete_ref(call: Call) -> Answer:
    home, ref = call.repository, f"refs/{call.args['ref']}"
    before = git.refs(home.path, ref).get(ref)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    git.update_ref(home.path, ref, None)
    _close_pulls_of(call, home, ref.removeprefix("refs/heads/"))
    after_push(call.state, home, ref, before, None, call.author)
    return Answer(status=204)


def _close_pulls_of(call: Call, home: Repository, branch: str) -> None:
    """GitHub closes what is to be merged from a branch that is deleted."""
    for pull in call.state.pulls:
        if pull.head_repository is home and pull.head_ref == branch and pull.state == "open":
            pull.closed_at = pull.updated_at = call.state.now()
            emit_pull(call.state, pull, "closed", call.author)


def _list_branches(call: Call) -> Answer:
    def shape(pair: tuple[str, str]) -> Json:
        url = f"{call.state.api}/repos/{call.repository.full_name}/commits/{pair[1]}"
        name = pair[0].removeprefix("refs/heads/")
        return {"name": name, "commit": {"sha": pair[1], "url": url}, "protected": False}

    return paged(call, list(git.refs(call.repository.path, "refs/heads/").items()), shape)


def _commit_sha(call: Call, revision: str) -> str:
    sha = git.resolve(call.repository.path, revision)
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {revision}")
    return sha


def _get_commit(call: Call) -> Answer:
    home, sha = call.repository, _commit_sha(call, call.args["ref"])
    files = diffs.of_commit(home.path, sha)
    added, deleted = sum(one.additions for one in files), sum(one.deletions for one in files)
    more = {
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [shapes_pulls.file(call.state, home, sha, one) for one in files],
    }
    return Answer(shapes.commit(call.state, home, sha) | more)


def _get_git_commit(call: Call) -> Answer:
    if git.object_type(call.repository.path, call.args["sha"]) != "commit":
        raise not_found()
    return Answer(shapes.git_commit(call.state, call.repository, call.args["sha"]))


def _compare(call: Call) -> Answer:
    """Three dots only, from the merge base; at most 300 files, all on the first page."""
    home = call.repository
    base_name, dots, head_name = call.args["range"].partition("...")
    if not dots:
        raise not_found()
    base, head = git.resolve(home.path, base_name), git.resolve(home.path, head_name.rpartition(":")[2])
    common = git.merge_base(home.path, base, head) if base and head else None
    if base is None or head is None or common is None:
        raise not_found()
    ahead, behind = git.commits(home.path, base, head), git.commits(home.path, head, base)
    names = {
        (True, True): "diverged",
        (True, False): "ahead",
        (False, True): "behind",
        (False, False): "identical",
    }
    page = f"{call.state.url}/{home.full_name}/compare/{base}...{head}"
    url = f"{call.state.api}/repos/{home.full_name}/compare/{call.args['range']}"
    body = {
        "url": url,
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": shapes.commit(call.state, home, base),
        "merge_base_commit": shapes.commit(call.state, home, common),
        "status": names[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
    }
    answer = paged(call, ahead, lambda sha: shapes.commit(call.state, home, sha))
    files = diffs.compare(home.path, common, head)[:_MAX_FILES]
    shown = [shapes_pulls.file(call.state, home, head, one) for one in files]
    if call.query.get("page", "1") != "1":
        shown = []
    return Answer(body | {"commits": answer.body, "files": shown}, 200, answer.headers)


def _create_git_commit(call: Call) -> Answer:
    """A commit of an existing tree. Signed when neither author nor committer is given, as an App's are."""
    home = call.repository
    tree, message = call.text("tree", required=True) or "", call.text("message", required=True) or ""
    parents = tuple(call.json.get("parents") or ())
    if git.object_type(home.path, tree) != "tree":
        raise ApiError(422, "Tree SHA does not exist")
    if any(git.object_type(home.path, one) != "commit" for one in parents):
        raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    who = git.Signature(call.author.login, call.author.email, call.state.now())
    given = call.json.get("author")
    author = git.Signature(given["name"], given["email"], who.when) if given else who
    sha = git.commit_tree(home.path, tree, parents, message, author, who)
    if not {"author", "committer", "signature"} & set(call.json) and call.caller.installation is not None:
        home.verified.add(sha)
    return Answer(shapes.git_commit(call.state, home, sha), 201)


_REPO = "/repos/<owner>/<repo>"
_READ, _WRITE = "contents:read", "contents:write"
ROUTES = (
    Route("GET", f"{_REPO}/git/ref/<path:ref>", _get_ref, _READ),
    Route("GET", f"{_REPO}/git/matching-refs/<path:ref>", _list_matching_refs, _READ),
    Route("POST", f"{_REPO}/git/refs", _create_ref, _WRITE),
    Route("PATCH", f"{_REPO}/git/refs/<path:ref>", _update_ref, _WRITE),
    Route("DELETE", f"{_REPO}/git/refs/<path:ref>", _delete_ref, _WRITE),
    Route("GET", f"{_REPO}/branches", _list_branches, _READ),
    Route("GET", f"{_REPO}/commits/<path:ref>", _get_commit, _READ),
    Route("GET", f"{_REPO}/git/commits/<sha>", _get_git_commit, _READ),
    Route("POST", f"{_REPO}/git/commits", _create_git_commit, _WRITE),
    Route("GET", f"{_REPO}/compare/<path:range>", _compare, _READ),
)
