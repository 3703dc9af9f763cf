"""Setting the scene: Apps, installations, repositories and branches as people make them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.github import git, shapes
from bot.demo.github.events import after_push
from bot.demo.github.records import Account, App, Installation, Json, Repository, Token
from bot.demo.github.state import GitHub

PERMISSIONS = {"contents": "write", "pull_requests": "write", "checks": "write", "issues": "read"}
EVENTS = (
    "pull_request",
    "issue_comment",
    "pull_request_review_comment",
    "check_run",
    "check_suite",
    "push",
)
FIRST_DAY = datetime(
    2026, 1, 5, 9, 0, tzinfo=UTC
)  # commits of a scene are dated, so that their ids stay the same


def new_key() -> str:
    """A fresh RSA private key as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    layout, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, layout, plain).decode()


@cache
def _public_half(private_key: str) -> str:
    key = serialization.load_pem_private_key(private_key.encode(), None).public_key()
    layout = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, layout).decode()


def create_app(
    state: GitHub,
    slug: str = "suture",
    *,
    owner: str = "acme",
    hook_url: str = "",
    webhook_secret: str = "a webhook secret",  # noqa: S107 - the stand-in's own, worth nothing elsewhere
    permissions: Mapping[str, str] | None = None,
    events: Iterable[str] = EVENTS,
    private_key: str = "",
) -> App:
    """Register an App. Its key is made unless given."""
    private_key = private_key or new_key()
    number = state.next_id()
    app = App(
        id=number,
        slug=slug,
        client_id=f"Iv23li{number:014d}",
        owner=state.account(owner, "Organization"),
        bot=state.account(f"{slug}[bot]", "Bot"),
        private_key=private_key,
        public_key=_public_half(private_key),
        webhook_secret=webhook_secret,
        permissions=dict(PERMISSIONS if permissions is None else permissions),
        events=tuple(events),
        created_at=state.now(),
        hook_url=hook_url,
    )
    state.apps.append(app)
    return app


def install(
    state: GitHub, app: App, owner: str, repositories: Iterable[Repository] | None = None
) -> Installation:
    """Install the App on an account, for all of its repositories or some; delivers `installation`."""
    account = state.account(owner, "Organization")
    chosen = None if repositories is None else {one.id for one in repositories}
    made = Installation(state.next_id(), app, account, dict(app.permissions), state.now(), chosen)
    state.installations.append(made)
    _tell(state, made, "created", repositories=_named(state, state.covered(made)), requester=None)
    return made


def uninstall(state: GitHub, installation: Installation) -> None:
    """The owner removes the App; delivers `installation` (deleted)."""
    with state.lock:
        named = _named(state, state.covered(installation))
        state.installations.remove(installation)
        _tell(state, installation, "deleted", repositories=named)


def suspend(state: GitHub, installation: Installation, *, suspended: bool = True) -> None:
    """The owner suspends the installation, or lets it work again; delivers `suspend` or `unsuspend`."""
    with state.lock:
        installation.changed_at = state.now()
        installation.suspended_at = installation.changed_at if suspended else None
        _tell(state, installation, "suspend" if suspended else "unsuspend")


def accept_permissions(state: GitHub, installation: Installation, permissions: Mapping[str, str]) -> None:
    """The owner accepts what the App asks for now; delivers `new_permissions_accepted`."""
    with state.lock:
        installation.changed_at, installation.permissions = state.now(), dict(permissions)
        _tell(state, installation, "new_permissions_accepted")


def choose_repositories(
    state: GitHub, installation: Installation, repositories: Iterable[Repository]
) -> None:
    """The owner lets the App see these alone; delivers `installation_repositories`, added and removed."""
    with state.lock:
        before, chosen = state.covered(installation), list(repositories)
        installation.changed_at = state.now()
        installation.repository_ids = {one.id for one in chosen}
        for action, changed in (
            ("added", [one for one in chosen if one not in before]),
            ("removed", [one for one in before if one not in chosen]),
        ):
            if changed:
                told: Json = {"repositories_added": [], "repositories_removed": [], "requester": None}
                told |= {"repository_selection": "selected", f"repositories_{action}": _named(state, changed)}
                _tell(state, installation, action, event="installation_repositories", **told)


def _named(state: GitHub, repositories: Iterable[Repository]) -> list[Json]:
    shaped = (shapes.minimal_repository(state, one) for one in repositories)
    return [{name: one[name] for name in ("id", "node_id", "name", "full_name", "private")} for one in shaped]


def _tell(
    state: GitHub, one: Installation, action: str, *, event: str = "installation", **more: object
) -> None:
    told = {"action": action, "installation": shapes.installation(state, one), **more}
    state.hooks.emit(one.app, event, told | {"sender": shapes.account(state, one.account)}, one.id)


def user_token(state: GitHub, login: str) -> Token:
    """A person's token; it may do everything."""
    account = state.account(login)
    value = f"ghp_{account.id:036d}"
    return state.tokens.setdefault(value, Token(value, account, None, {}))


def create_repository(
    state: GitHub,
    full_name: str,
    folder: Path | None = None,
    *,
    private: bool = False,
    default_branch: str = "main",
    message: str = "Begin",
    description: str = "",
) -> Repository:
    """A repository whose default branch holds exactly what is in `folder`, as one commit of a fixed date."""
    owner, _, name = full_name.partition("/")
    path = state.root / owner / f"{name}.git"
    git.init(path, default_branch)
    account = state.account(owner, "Organization")
    made = Repository(state.next_id(), account, name, path, private, default_branch, state.now())
    made.description = description
    state.repositories.append(made)
    if folder is not None:
        sha = _commit(made, folder, (), message, state.account("dana"), FIRST_DAY)
        git.update_ref(path, f"refs/heads/{default_branch}", sha)
    return made


def fork(state: GitHub, repository: Repository, owner: str) -> Repository:
    """A person's fork of the repository, with all of its branches."""
    account = state.account(owner)
    path = state.root / owner / f"{repository.name}.git"
    git.init(path, repository.default_branch)
    git.git(path, "fetch", "--quiet", str(repository.path), "refs/heads/*:refs/heads/*")
    made = Repository(
        state.next_id(),
        account,
        repository.name,
        path,
        repository.private,
        repository.default_branch,
        state.now(),
    )
    made.fork_of = repository
    state.repositories.append(made)
    return made


def _commit(
    home: Repository, folder: Path, parents: tuple[str, ...], message: str, author: Account, when: datetime
) -> str:
    who = git.Signature(author.login, author.email, when)
    return git.commit_tree(home.path, git.folder_tree(home.path, folder), parents, message, who, who)


def push_folder(
    state: GitHub,
    repository: Repository,
    branch: str,
    folder: Path,
    *,
    base: str = "",
    message: str = "Change",
    author: str = "dana",
    when: datetime = FIRST_DAY,
) -> str:
    """Commit what is in `folder` onto `branch` and push it; the new head's sha.

    A new branch starts at `base` (default: the default branch). Where `base` is given, an existing branch is
    started anew, as a force push does. Pull requests of the branch move along and deliver `synchronize`.
    """
    with state.lock:
        before = git.resolve(repository.path, f"refs/heads/{branch}")
        start = f"refs/heads/{base or repository.default_branch}"
        parent = before if before and not base else git.resolve(repository.path, start)
        who = state.account(author)
        sha = _commit(repository, folder, (parent,) if parent else (), message, who, when)
        git.update_ref(repository.path, f"refs/heads/{branch}", sha)
        after_push(state, repository, f"refs/heads/{branch}", before, sha, who)
        return sha


def push_files(
    state: GitHub,
    repository: Repository,
    branch: str,
    files: Mapping[str, bytes | str | None],
    *,
    base: str = "",
    message: str = "Change",
    author: str = "dana",
    when: datetime = FIRST_DAY,
) -> str:
    """Like `push_folder`, but only puts the named files; None takes one away."""
    with state.lock:
        before = git.resolve(repository.path, f"refs/heads/{branch}")
        start = f"refs/heads/{base or repository.default_branch}"
        parent = before if before and not base else git.resolve(repository.path, start)
        if parent is None:
            raise ValueError(f"{repository.full_name} has no branch to start {branch} from")
        put = {
            name: text.encode() if isinstance(text, str) else text
            for name, text in files.items()
            if text is not None
        }
        gone = tuple(name for name, text in files.items() if text is None)
        who = state.account(author)
        signature = git.Signature(who.login, who.email, when)
        tree = git.edited_tree(repository.path, parent, put, gone)
        sha = git.commit_tree(repository.path, tree, (parent,), message, signature, signature)
        git.update_ref(repository.path, f"refs/heads/{branch}", sha)
        after_push(state, repository, f"refs/heads/{branch}", before, sha, who)
        return sha


def delete_branch(state: GitHub, repository: Repository, branch: str, author: str = "dana") -> None:
    """Delete a branch; pull requests from it stay, without it."""
    with state.lock:
        before = git.resolve(repository.path, f"refs/heads/{branch}")
        git.update_ref(repository.path, f"refs/heads/{branch}", None)
        after_push(state, repository, f"refs/heads/{branch}", before, None, state.account(author))


def delete_repository(state: GitHub, repository: Repository) -> None:
    """Delete a repository, such as a fork: pull requests from it have no head repository any more."""
    with state.lock:
        state.repositories.remove(repository)
        for pull in state.pulls:
            if pull.head_repository is repository:
                pull.head_repository = None
