"""The sandbox: its own probes, which run a command in it and try to get out."""

from __future__ import annotations

from collections.abc import Iterable

from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Site
from bot.errors import SandboxUnavailable
from bot.sandbox.choose import open_sandbox

GROUP, PLACE = "machine", 40


def look(site: Site) -> Iterable[Result]:
    """Whether it holds, and whose limits they are."""
    sandbox = open_sandbox(site.settings)
    try:
        able = sandbox.check()
    except SandboxUnavailable as exc:
        what, _, fix = str(exc).partition(". ")
        yield problem(
            f"{what.rstrip('.')}.", fix or "Nothing of a pull request is run, nor proven, without it."
        )
        return
    yield ok(f"{sandbox.name} holds: all of its probes were kept in.")
    if not able.hard_memory:
        yield warning(
            "The memory limit is kept by a watchdog, not by the kernel: there is no cgroup to write to.",
            "Run the service where it is given one: systemd with Delegate=yes, or a container with a cgroup "
            "of its own.",
        )
