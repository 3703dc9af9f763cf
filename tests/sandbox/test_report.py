"""The result and the list of written paths: capped, harmless to read, and the list not to be forged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.records import RunStatus
from bot.sandbox import MIB, Command
from bot.sandbox.bubblewrap import Bubblewrap
from tests.sandbox.conftest import SMALL, Payload


def test_honest_result_comes_back(payload: Payload) -> None:
    """Bytes, exit code and streams arrive as they were."""
    execution = payload(r"printf 'a\0b\377' >/out/result; echo out; echo err >&2; exit 3", sh=True)

    assert (execution.status, execution.exit_code) == (RunStatus.EXITED, 3)
    assert execution.result == b"a\0b\xff"
    assert (execution.stdout, execution.stderr) == (b"out\n", b"err\n")
    assert execution.written == ()


@pytest.mark.parametrize(
    "trick",
    [
        "true",
        "ln -s {secret} /out/result",
        "ln -s /../../../../../../{secret} /out/result",
        "ln -s /proc/1/environ /out/result",
        "mkfifo /out/result",
        "ln -s /dev/zero /out/result",
        "ln -s /proc/1/fd/0 /out/result",
        "mkdir /out/result",
        "rmdir /out; ln -s /src/../.. /out/result",
    ],
)
def test_tricked_result_is_no_result(payload: Payload, open_folder: Path, trick: str) -> None:
    """A link, pipe, device or folder in the result's place gives nothing, and holds nothing up."""
    secret = open_folder / "secret"
    secret.write_text("secret of the host")
    execution = payload(trick.format(secret=secret), sh=True)

    assert execution.status is RunStatus.EXITED
    assert execution.result in (None, b"")


@pytest.mark.parametrize("make", ["truncate -s 60M", "head -c 12000000 /dev/zero >"])
def test_result_is_capped(payload: Payload, make: str) -> None:
    """A result of any size comes back up to its cap."""
    execution = payload(f"{make} /out/result", sh=True)

    assert execution.result is not None
    assert len(execution.result) == SMALL.result == 4 * MIB


def test_written_paths_are_listed(payload: Payload) -> None:
    """Made, changed, removed, replaced: each is named; caches are not."""
    program = (
        "echo more >>changed; rm removed tool; mkdir tool; mkdir made; echo x >made/file; echo x >'a b: c';"
        "mkdir __pycache__ .pytest_cache; touch __pycache__/m.pyc .pytest_cache/v old.pyc; ln -sf kept link"
    )
    assert payload(program, sh=True).written == ("a b: c", "changed", "link", "made", "removed", "tool")


def test_nothing_hides_from_the_list(payload: Payload) -> None:
    """A file that may not be read, or whose name is made to confuse, still shows."""
    for program in (
        "chmod 000 kept",
        "echo x >changed; chmod 000 changed",
        "touch \"$(printf 'x\\nOnly in y\\ndiff: z')\"",
        "touch \"$(printf '\\377')\"",
        "mv kept elsewhere",
        "rm kept; mkfifo kept",
        "rm kept; ln -s /src/kept kept",
        "rm -rf /tree/* ",
    ):
        assert payload(program, sh=True).written, program


def test_background_process_cannot_write_after_the_list(payload: Payload) -> None:
    """What is still running when the command ends is gone before the tree is compared: the list is final."""
    program = (
        "import os, time\n"
        "if os.fork():\n    os._exit(0)\n"
        "os.setsid()\n"
        "while True:\n    open('kept', 'w').write('changed'); open('kept', 'w').write('kept')"
    )
    execution = payload(program)

    assert execution.status is RunStatus.EXITED


def test_report_cannot_be_forged(payload: Payload) -> None:
    """A payload that tries to speak for the supervisor, or to silence it, is still reported on."""
    tries = [
        r"printf 'R\000Fforged' >&3",
        r"printf 'R\000Fforged'; printf 'R\000Fforged' >&2",
        r"printf '\000Fforged\000' >/out/result",
        r"printf 'R\000Fforged' >/proc/1/fd/3",
        r"printf 'R\000Fforged' >/proc/1/fd/0",
        r"printf x | dd of=/proc/1/mem bs=1 seek=1",
        "kill -9 1; kill -STOP 1; kill -TERM 1; kill -HUP 1; kill -9 $PPID",
        "kill -9 -1",
        "ulimit -t 1; kill -SEGV $$",
        "rm -rf /tree /src /out /bin /.supervisor",
        "mkdir /tmp/b; for x in diff head true; do ln -s /bin/false /tmp/b/$x; done; export PATH=/tmp/b",
    ]
    for program in tries:
        execution = payload(f"echo x >changed; {program}", sh=True)
        assert execution.status is RunStatus.EXITED, program
        assert "changed" in execution.written, program
        assert execution.result in (None, b"", b"\0Fforged\0"), program


def test_source_is_left_as_it_was(payload: Payload, source: Path) -> None:
    """The host's tree is not written, whatever the payload does to its copy."""
    before = _state(source)
    payload("rm -rf /tree/* /src/*; touch /src/made; chmod 777 /src /src/kept; echo x >/src/kept", sh=True)

    assert _state(source) == before


def _state(folder: Path) -> list[tuple[str, int, int, str]]:
    paths = [folder, *sorted(folder.rglob("*"))]
    stats = [(path, path.lstat()) for path in paths]
    contents = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}
    return [(str(path), stat.st_mode, stat.st_mtime_ns, contents.get(path, "")) for path, stat in stats]


def test_copy_keeps_what_is_executable(payload: Payload) -> None:
    """A program of the tree runs in the copy."""
    assert payload("./tool", sh=True).stdout == b"tool ran\n"


def test_git_file_is_hidden(payload: Payload, source: Path) -> None:
    """A worktree's .git is a file; it is seen empty, and the copy works."""
    (source / ".git").write_text("gitdir: /somewhere/secret")
    execution = payload("cat .git /src/.git", sh=True)

    assert (execution.status, execution.stdout, execution.written) == (RunStatus.EXITED, b"", ())


def test_source_that_does_not_fit_is_no_verdict(payload: Payload, source: Path) -> None:
    """A copy that fails says so; the command is not run."""
    (source / "big").write_bytes(bytes(9 * MIB))
    execution = payload("echo ran", sh=True)

    assert (execution.status, execution.exit_code, execution.stdout) == (RunStatus.SANDBOX_ERROR, None, b"")
    assert "could not be copied" in execution.detail


def test_variables_are_all_the_payload_sees(sandbox: Bubblewrap, source: Path) -> None:
    """The environment is the base and what the command gives."""
    variables = {"ODD": "a b\n='\"$(id)", "PATH": "/usr/bin"}
    execution = sandbox.run(Command(("/usr/bin/env", "-0"), source, variables=variables, limits=SMALL))
    seen = dict(word.split("=", 1) for word in execution.stdout.decode().split("\0") if word)

    assert seen == {"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", **variables}


@pytest.mark.parametrize(
    "shown", ["/", "/proc", "/proc/1", "/tree/x", "/src", "/tmp", "relative", "/dev/null"]
)
def test_places_of_the_sandbox_are_not_shown_over(sandbox: Bubblewrap, source: Path, shown: str) -> None:
    """A read-only path may not cover the sandbox's own folders."""
    with pytest.raises(InputError, match="cannot be shown"):
        sandbox.run(Command(("/bin/true",), source, (Path(shown),)))


def test_missing_paths_are_named(sandbox: Bubblewrap, source: Path) -> None:
    """A source or read-only path that is not there is the caller's error."""
    for command in (
        Command(("/bin/true",), source / "absent"),
        Command(("/bin/true",), source, (source / "absent",)),
    ):
        with pytest.raises(InputError, match="absent"):
            sandbox.run(command)


def test_missing_program_is_an_exit(sandbox: Bubblewrap, source: Path) -> None:
    """As in a shell: 127."""
    execution = sandbox.run(Command(("/no/such/program",), source, limits=SMALL))

    assert (execution.status, execution.exit_code) == (RunStatus.EXITED, 127)


def test_hidden_folders_are_shown_at_their_own_place(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """A root bot shows a path in a folder closed to others, and none of its neighbours."""
    if os.geteuid() != 0:
        pytest.skip("only a root bot can show what the sandbox's user may not reach")
    home = tmp_path / "home"
    for name in ("shown", "source", "neighbour"):
        (home / name).mkdir(parents=True)
    (home / "shown/tool").write_text("#!/bin/sh\necho from the hidden folder\n")
    (home / "shown/tool").chmod(0o755)
    (home / "shown/link").symlink_to("tool")
    (home / "file").write_text("one file\n")
    (home / "source/data").write_text("data\n")
    home.chmod(0o700)
    shown = (home / "shown", home / "file")
    script = f"{home}/shown/tool; {home}/shown/link; cat {home}/file data; ls {home}; echo x >{home}/shown/x"
    execution = sandbox.run(Command(("/bin/sh", "-c", script), home / "source", shown, limits=SMALL))

    assert execution.stdout.decode().splitlines() == [
        *["from the hidden folder"] * 2,
        *("one file", "data", "file", "shown"),
    ]
    assert not (home / "shown/x").exists()
    assert not any(
        line.split()[4].startswith("/sys/0") for line in Path("/proc/self/mountinfo").read_text().splitlines()
    )
