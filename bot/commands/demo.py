"""`suture demo`: the whole way of one delivery on this machine, without an account or a key."""

from __future__ import annotations

import queue
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status

from bot.demo import story
from bot.demo.github.server import Server
from bot.demo.github.state import GitHub
from bot.demo.page import save_page
from bot.demo.scene import Posted, Scene, posted, set_scene
from bot.demo.server import Service, free_port, serving, settings_for
from bot.errors import SutureError
from bot.progress import WORDS
from bot.settings import read_settings

PATIENCE = 180  # seconds for the review, on a busy machine


@click.command(name="demo")
@click.option("--keep", is_flag=True, help="Leave everything running, to look around, until Ctrl-C.")
def command(*, keep: bool) -> None:
    """Open a pull request with real defects on a GitHub of its own, and watch Suture at work on it."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))  # so that everything is tidied up
    console = Console()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suture-demo-")))
        folder.chmod(0o755)
        github = stack.enter_context(Server(GitHub(folder / "github"))).state
        port = free_port()
        scene = set_scene(github, f"http://127.0.0.1:{port}/webhooks/github")
        console.print(f"[green]✓[/] A stand-in of GitHub with a git repository, at {github.url}")
        with console.status("Starting suture serve: the web server and a worker") as status:
            service = stack.enter_context(serving(settings_for(scene, port, folder)))
            console.print(f"[green]✓[/] suture serve, at {service.url}")
            pull = scene.open()
            console.print(
                f"[green]✓[/] Pull request [bold]{pull.title}[/] opened; GitHub delivers the webhook"
            )
            seen = watch(scene, service, status, console, number=pull.number)
        story.tell(seen, console)
        page = f"{github.url}/{pull.repository.full_name}/pull/{pull.number}"
        console.print(f"\nDone in {time.monotonic() - began:.0f} s.")
        if keep:
            console.print(
                f"Read it as a person would: [link]{page}[/link]\nEverything runs on; end with Ctrl-C."
            )
            _until_interrupted()
        else:
            copy = save_page(page, read_settings().cache / "demo" / "pull-request.html")
            console.print(
                f"Read it as a person would: [link]{copy.as_uri()}[/link]  (--keep leaves all of it running)"
            )
    sys.exit(0 if seen.comments else 1)


def watch(scene: Scene, service: Service, status: Status, console: Console, number: int) -> Posted:
    """Show the worker's steps as it logs them, until the check run is completed. Raises SutureError."""
    pull = next(one for one in scene.github.pulls if one.number == number)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        _show(service, status, console)
        now = posted(scene.github, pull)
        if now.check is not None and now.check.status == "completed":
            return now
        if service.process.poll() is not None:
            break
    raise SutureError(f"The review did not end. The last lines of the log:\n{service.tail()}")


def _show(service: Service, status: Status, console: Console) -> None:
    try:
        line = service.lines.get(timeout=0.2)
    except queue.Empty:
        return
    name = str(line.get("step", ""))
    if not name:
        return
    kind, _, key = name.partition(" ")
    words = WORDS.get(kind, kind) + (f" [dim]({key})[/]" if key else "")
    if line.get("message") == "step begun":
        status.update(words)
    else:
        console.print(f"[green]✓[/] {words} [dim]{line.get('seconds', '')} s[/]")


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass
