"""A stand-in for GitHub with a memory, real git repositories and GitHub's own refusals; for demo and tests.

    state = GitHub(root=Path(folder))                              # the memory; repositories live under root
    with Server(state) as server:                                  # http://127.0.0.1:PORT
        app = create_app(state, hook_url="http://127.0.0.1:8080/webhooks/github")
        shop = create_repository(state, "acme/shop", folder=base)  # private=True to need a token for reading
        installation = install(state, app, "acme")
        push_folder(state, shop, "export", folder=head, message="Add the export")
        pull = open_pull_request(state, shop, "main", "export", title="Add the export", author="dana")
        ...                                                        # the webhook `opened` is on its way
        state.hooks.wait()                                         # all deliveries were tried
        assert not state.unknown_calls

`SUTURE_GITHUB_API_URL` is `state.api`, `SUTURE_APP_ID` is `app.id` or `app.client_id`, the key is
`app.private_key`, the secret `app.webhook_secret`. What happened is in `state.reviews`, `state.comments`,
`state.check_runs`, `state.hooks.deliveries`, `state.journal.entries`. `state.faults.add("POST",
r"/repos/.*/reviews", 502, took_effect=True)` asks for a fault. The pull request as a person sees it:
`server.url + "/acme/shop/pull/1"`.
"""

from bot.demo.github.app import create_github
from bot.demo.github.pulls import (
    close,
    comment,
    open_pull_request,
    press_button,
    reopen,
    reply,
    rerequest,
    set_draft,
)
from bot.demo.github.scene import (
    accept_permissions,
    choose_repositories,
    create_app,
    create_repository,
    delete_branch,
    delete_repository,
    fork,
    install,
    push_files,
    push_folder,
    suspend,
    uninstall,
    user_token,
)
from bot.demo.github.server import Server
from bot.demo.github.state import GitHub

__all__ = [
    "GitHub",
    "Server",
    "accept_permissions",
    "choose_repositories",
    "close",
    "comment",
    "create_app",
    "create_github",
    "create_repository",
    "delete_branch",
    "delete_repository",
    "fork",
    "install",
    "open_pull_request",
    "press_button",
    "push_files",
    "push_folder",
    "reopen",
    "reply",
    "rerequest",
    "set_draft",
    "suspend",
    "uninstall",
    "user_token",
]
