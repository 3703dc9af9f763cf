"""`suture prove`: run the gates on any head, patch and test of a local git repository, or a proof again."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bot.assembly import local_lab
from bot.errors import InputError, SutureError
from bot.forge.checkout import export_tree, tree_of
from bot.proof import attestation, evidence
from bot.proof.evidence import Head, Setting, error_document, proof_document
from bot.proof.prover import prove
from bot.proof.replay import SCHEMA as REPLAY
from bot.proof.replay import Replay, replay_document
from bot.proof.stored import LARGEST_TEXT, StoredProof, is_folder_inside, read_declaration, read_proof
from bot.publish.gates_text import proof_text, replay_text
from bot.records import Declaration, Patch, Proof, RegressionTest, Verdict
from bot.regression.lab import Bench
from bot.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Options:
    """The command line's arguments."""

    repository: Path
    head: str | None
    patch: Path | None
    test: str | None
    python: str | None
    python_path: tuple[str, ...]
    declared: Declaration | None
    replay: Path | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proven."""

    head: str
    patch: Patch
    test: RegressionTest  # with an empty path: where the project keeps its tests
    name: str  # of the test's file
    python_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen."""

    head: Head
    setting: Setting
    proof: Proof
    patch: Patch
    test: RegressionTest

    @property
    def document(self) -> dict[str, Any]:
        return proof_document(self.head, self.setting, self.proof, self.patch, self.test)


def _declaration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Declaration | None:
    try:
        return None if value is None else read_declaration(value)
    except InputError as error:
        raise click.BadParameter(str(error)) from error


def _folders(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Each --pythonpath may also name several folders, as PYTHONPATH does."""
    folders = tuple(one for value in values for one in value.split(":") if one)
    if strange := next((one for one in folders if not is_folder_inside(one)), None):
        raise click.BadParameter(f"{strange!r} is not a folder of the repository: name one from its top.")
    return folders


@click.command(name="prove")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--head", help="Branch, tag or sha the patch is meant for (default: HEAD).")
@click.option("--patch", type=click.Path(path_type=Path), help="The fix as a unified diff.")
@click.option(
    "--test",
    metavar="FILE[:PATH_IN_REPO]",
    help="The regression test, and where it belongs (default: where the project keeps its tests).",
)
@click.option("--python", help="Interpreter that runs the tests (default: the active environment).")
@click.option(
    "--pythonpath",
    multiple=True,
    callback=_folders,
    help="Folder of the repository to import from; may be repeated.",
)
@click.option(
    "--declare",
    metavar="exception:NAME|timeout:SECONDS",
    callback=_declaration,
    help="How the test may be red on the head, other than by an assertion.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path),
    metavar="PROOF",
    help="Run a stored proof (the JSON of this command) again: its head, patch and test.",
)
@click.option(
    "--attest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what was seen as an in-toto Statement here (not signed).",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    path: Path,
    head: str | None,
    patch: Path | None,
    test: str | None,
    python: str | None,
    pythonpath: tuple[str, ...],
    declare: Declaration | None,
    replay: Path | None,
    attest: Path | None,
    form: str,
) -> None:
    """Prove that --patch fixes what --test shows on a commit of PATH (a git repository, left as it is).

    With --replay: see whether a stored proof still holds.

    Exit code: 0 proven, or the stored proof holds; 1 not so; 2 could not run.
    """
    options = Options(path, head, patch, test, python, pythonpath, declare, replay)
    _check(options)
    try:
        stored = read_proof(replay) if replay else None
        answer = _prove(options, _wanted(options, stored), read_settings())
    except SutureError as error:
        if form == "json":
            schema = REPLAY if replay else evidence.SCHEMA
            click.echo(evidence.render(error_document(str(error), schema)), nl=False)
        raise
    if stored:
        held = _print_replay(Replay(stored, answer.head, answer.setting, answer.proof), form)
    else:
        held = _print(answer, form)
    if attest:
        _write(attest, attestation.render(answer.document))
    sys.exit(0 if held else 1)


def _check(options: Options) -> None:
    """Say which options belong together. Raises UsageError."""
    own = {
        "--head": options.head,
        "--patch": options.patch,
        "--test": options.test,
        "--declare": options.declared,
    }
    given = [name for name, value in own.items() if value is not None]
    if options.replay and given:
        raise click.UsageError(f"A stored proof has its own {given[0][2:]}: leave out {', '.join(given)}.")
    missing = [name for name in ("--patch", "--test") if own[name] is None]
    if missing and not options.replay:
        raise click.UsageError(f"Missing {' and '.join(missing)} (or --replay for a stored proof).")


def _wanted(options: Options, stored: StoredProof | None) -> Wanted:
    if stored:
        tree_of(options.repository, stored.head)  # says what to do when the head is not there
        paths = options.python_path or stored.environment.python_path
        return Wanted(stored.head, stored.fix, stored.regression_test, "", paths)
    source, place = _split(str(options.test))
    patch = Patch(_read(Path(str(options.patch)), "--patch"))
    test = RegressionTest(place, _read(source, "--test"), options.declared)
    return Wanted(options.head or "HEAD", patch, test, source.name, options.python_path)


def _prove(options: Options, wanted: Wanted, settings: Settings) -> Answer:
    progress = Console(stderr=True, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="suture-prove-") as folder:
        tree = Path(folder, "tree")
        sha = export_tree(options.repository, wanted.head, tree)
        progress.print(f"Head {sha[:12]} of {options.repository.resolve()}", highlight=False)
        lab = local_lab(settings, options.repository, options.python, wanted.python_path)
        bench = lab.bench(tree)
        environment = bench.environment
        progress.print(f"Environment: {environment.label}", highlight=False)
        path = wanted.test.path or home_of(bench, tree, wanted.name)
        test = RegressionTest(path, wanted.test.content, wanted.test.declared)
        with progress.status(f"Running {test.path} and the repository's own tests in the sandbox …"):
            proof = prove(tree, wanted.patch, test, bench)
    head = Head(sha, tree_of(options.repository, sha))
    setting = Setting(environment.key, environment.label, wanted.python_path, bench.test_budget)
    return Answer(head, setting, proof, wanted.patch, test)


def _read(path: Path, option: str) -> str:
    try:
        text = path.read_bytes().decode()
    except OSError as exc:
        raise InputError(f"{option} {path} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{option} {path} is not UTF-8 text.") from exc
    if len(text) > LARGEST_TEXT:
        raise InputError(f"{option} {path} is larger than {LARGEST_TEXT // 1024} KiB.")
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise InputError(f"--attest {path} cannot be written: {exc.strerror}.") from exc


def _split(text: str) -> tuple[Path, str]:
    """FILE and PATH_IN_REPO; a file whose name holds a colon is taken as it is."""
    file, colon, place = text.rpartition(":")
    if not colon or Path(text).is_file():
        return Path(text), ""
    return Path(file), place


def home_of(bench: Bench, tree: Path, name: str) -> str:
    """Where a test file of this name goes: the project's first test folder, or a new one."""
    roots = bench.language.test_roots(tree)
    named = [root for root in roots if root.rpartition("/")[2] in {"tests", "test"}]  # others may be source
    root = next(iter([*named, *roots]), "tests")
    fitting = bench.language.test_name(name, tree)
    return fitting if root == "." else f"{root}/{fitting}"


def _print(answer: Answer, form: str) -> bool:
    """Say what was seen; whether it is a proof."""
    if form == "json":
        click.echo(evidence.render(answer.document), nl=False)
    else:
        click.echo(proof_text(answer.head, answer.test, answer.proof), nl=False)
    return answer.proof.verdict is Verdict.PROVEN


def _print_replay(replay: Replay, form: str) -> bool:
    """Say what was seen then and now; whether the stored proof holds."""
    if form == "json":
        click.echo(evidence.render(replay_document(replay)), nl=False)
    else:
        click.echo(replay_text(replay), nl=False)
    return replay.holds
