"""Accounts, Apps, repositories and commits as the REST API and webhooks write them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from bot.demo.github import git
from bot.demo.github.records import Account, App, Installation, Json, Repository, node_id
from bot.demo.github.state import GitHub

_REPOSITORY_LINKS = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{/sha}",
}
_ACCOUNT_LINKS = {
    "followers": "/followers",
    "following": "/following{/other_user}",
    "gists": "/gists{/gist_id}",
    "starred": "/starred{/owner}{/repo}",
    "subscriptions": "/subscriptions",
    "organizations": "/orgs",
    "repos": "/repos",
    "events": "/events{/privacy}",
    "received_events": "/received_events",
}


_EVERYWHERE: Json = {  # what all repositories of the stand-in have in common
    **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
    **dict.fromkeys(("stargazers_count", "watchers", "watchers_count"), 0),
    **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads", "allow_forking"), True),
    **dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled", "is_template"), False),
    "web_commit_signoff_required": False,
}


def stamp(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def account(state: GitHub, who: Account) -> Json:
    """simple-user."""
    login = quote(who.login)
    url = f"{state.api}/users/{login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("U", who.id),
        "avatar_url": f"{state.url}/avatars/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{state.url}/{login}",
        "type": who.kind,
        "site_admin": False,
        **{f"{name}_url": url + tail for name, tail in _ACCOUNT_LINKS.items()},
    }


def app(state: GitHub, one: App) -> Json:
    """integration."""
    return {
        "id": one.id,
        "slug": one.slug,
        "client_id": one.client_id,
        "node_id": node_id("A", one.id),
        "owner": account(state, one.owner),
        "name": one.name or one.slug.capitalize(),
        "description": "",
        "external_url": "https://example.com",
        "html_url": f"{state.url}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "permissions": {"metadata": "read"} | one.permissions,
        "events": list(one.events),
    }


def installation(state: GitHub, one: Installation) -> Json:
    """installation."""
    return {
        "id": one.id,
        "account": account(state, one.account),
        "access_tokens_url": f"{state.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{state.api}/installation/repositories",
        "html_url": f"{state.url}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "client_id": one.app.client_id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.kind,
        "permissions": {"metadata": "read"} | one.permissions,
        "events": list(one.app.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "single_file_name": None,
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "suspended_at": stamp(one.suspended_at),
        "suspended_by": account(state, one.account) if one.suspended_at else None,
    }


def minimal_repository(state: GitHub, one: Repository) -> Json:
    """minimal-repository."""
    url = f"{state.api}/repos/{one.full_name}"
    return {
        "id": one.id,
        "node_id": node_id("R", one.id),
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": account(state, one.owner),
        "html_url": f"{state.url}/{one.full_name}",
        "description": one.description or None,
        "fork": one.fork_of is not None,
        "url": url,
        **{f"{name}_url": url + tail for name, tail in _REPOSITORY_LINKS.items()},
    }


def repository(state: GitHub, one: Repository) -> Json:
    """repository, as in lists, webhooks and pull requests."""
    open_pulls = sum(pull.repository is one and pull.state == "open" for pull in state.pulls)
    forks = sum(other.fork_of is one for other in state.repositories)
    html_url = f"{state.url}/{one.full_name}"
    return {
        **minimal_repository(state, one),
        **_EVERYWHERE,
        "clone_url": f"{html_url}.git",
        "svn_url": html_url,
        "git_url": f"git:{html_url.partition(':')[2]}.git",
        "ssh_url": f"git@{state.url.partition('://')[2]}:{one.full_name}.git",
        "default_branch": one.default_branch,
        "visibility": "private" if one.private else "public",
        "topics": [],
        "size": 1,
        "forks": forks,
        "forks_count": forks,
        "open_issues": open_pulls,
        "open_issues_count": open_pulls,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "pushed_at": stamp(one.created_at),
    }


def full_repository(state: GitHub, one: Repository) -> Json:
    """full-repository."""
    shaped = repository(state, one) | {"network_count": 0, "subscribers_count": 0}
    if one.fork_of is not None:
        shaped |= {"parent": repository(state, one.fork_of), "source": repository(state, one.fork_of)}
    return shaped


def verification(one: Repository, sha: str) -> Json:
    """Whether the stand-in itself signed the commit."""
    signed = sha in one.verified
    return {
        "verified": signed,
        "reason": "valid" if signed else "unsigned",
        "signature": "-----BEGIN PGP SIGNATURE-----" if signed else None,
        "payload": f"tree of {sha}" if signed else None,
        "verified_at": stamp(git.read_commit(one.path, sha).committer.when) if signed else None,
    }


def signature(one: git.Signature) -> Json:
    """A commit's author or committer."""
    return {"name": one.name, "email": one.email, "date": stamp(one.when)}


def git_commit(state: GitHub, one: Repository, sha: str) -> Json:
    """git-commit."""
    found = git.read_commit(one.path, sha)
    url, page = f"{state.api}/repos/{one.full_name}/git", f"{state.url}/{one.full_name}/commit"
    return {
        "sha": sha,
        "node_id": node_id("C", int(sha[:8], 16)),
        "url": f"{url}/commits/{sha}",
        "html_url": f"{page}/{sha}",
        "author": signature(found.author),
        "committer": signature(found.committer),
        "tree": {"sha": found.tree, "url": f"{url}/trees/{found.tree}"},
        "message": found.message,
        "parents": [
            {"sha": parent, "url": f"{url}/commits/{parent}", "html_url": f"{page}/{parent}"}
            for parent in found.parents
        ],
        "verification": verification(one, sha),
    }


def _by_email(state: GitHub, email: str) -> Json | None:
    return next((account(state, one) for one in state.accounts.values() if one.email == email), None)


def commit(state: GitHub, one: Repository, sha: str) -> Json:
    """commit."""
    found = git.read_commit(one.path, sha)
    inner = git_commit(state, one, sha)
    url = f"{state.api}/repos/{one.full_name}/commits/{sha}"
    kept = ("author", "committer", "message", "tree", "verification")
    return {
        "sha": sha,
        "node_id": inner["node_id"],
        "url": url,
        "html_url": inner["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {name: inner[name] for name in kept} | {"url": inner["url"], "comment_count": 0},
        "author": _by_email(state, found.author.email),
        "committer": _by_email(state, found.committer.email),
        "parents": inner["parents"],
    }
