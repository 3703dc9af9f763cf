"""`suture prove`: run the gates on any head, patch and test of a local git repository."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from bot.assembly import local_lab
from bot.errors import InputError, SutureError
from bot.forge.checkout import export_tree
from bot.proof.evidence import error_document, proof_document
from bot.proof.prover import prove
from bot.records import Declaration, Patch, Proof, RegressionTest, Verdict
from bot.regression.lab import LONGEST_TEST, Bench
from bot.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line's arguments."""

    repository: Path
    head: str
    patch: Path
    test: str
    python: str | None
    python_path: tuple[str, ...]
    declared: Declaration | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed."""

    sha: str
    proof: Proof
    patch: Patch
    test: RegressionTest


def _declaration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Declaration | None:
    if value is None:
        return None
    kind, _, rest = value.partition(":")
    if kind == "exception" and rest.replace(".", "_").isidentifier():
        return Declaration("exception", rest)
    if kind == "timeout" and rest.replace(".", "", 1).isdigit() and 0 < float(rest) <= LONGEST_TEST:
        return Declaration("timeout", rest)
    raise click.BadParameter("write exception:NAME, or timeout:SECONDS with at most 60 seconds.")


@click.command(name="prove")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--head", default="HEAD", show_default=True, help="Branch, tag or sha the patch is meant for.")
@click.option("--patch", required=True, type=click.Path(path_type=Path), help="The fix as a unified diff.")
@click.option(
    "--test",
    required=True,
    metavar="FILE[:PATH_IN_REPO]",
    help="The regression test, and where it belongs (default: where the project keeps its tests).",
)
@click.option("--python", help="Interpreter that runs the tests (default: the active environment).")
@click.option("--pythonpath", multiple=True, help="Folder of the repository to import from; may be repeated.")
@click.option(
    "--declare",
    metavar="exception:NAME|timeout:SECONDS",
    callback=_declaration,
    help="How the test may be red on the head, other than by an assertion.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    path: Path,
    head: str,
    patch: Path,
    test: str,
    python: str | None,
    pythonpath: tuple[str, ...],
    declare: Declaration | None,
    form: str,
) -> None:
    """Prove that PATCH fixes what TEST shows on a commit of PATH (a git repository, left as it is).

    Exit code: 0 proven, 1 not proven, 2 could not run.
    """
    wanted = Wanted(path, head, patch, test, python, _folders(pythonpath), declare)
    try:
        answer = _prove(wanted, read_settings(), Console(stderr=True, soft_wrap=True))
    except SutureError as error:
        if form == "json":
            click.echo(json.dumps(error_document(str(error)), indent=2))
        raise
    _print(answer, form)
    sys.exit(0 if answer.proof.verdict is Verdict.PROVEN else 1)


def _folders(options: tuple[str, ...]) -> tuple[str, ...]:
    """Each --pythonpath may also name several folders, as PYTHONPATH does."""
    return tuple(one for option in options for one in option.split(":") if one)


def _prove(wanted: Wanted, settings: Settings, progress: Console) -> Answer:
    patch = Patch(_read(wanted.patch, "--patch"))
    source, place = _split(wanted.test)
    content = _read(source, "--test")
    with tempfile.TemporaryDirectory(prefix="suture-prove-") as folder:
        tree = Path(folder, "tree")
        sha = export_tree(wanted.repository, wanted.head, tree)
        progress.print(f"Head {sha[:12]} of {wanted.repository.resolve()}", highlight=False)
        bench = local_lab(settings, wanted.repository, wanted.python, wanted.python_path).bench(tree)
        progress.print(f"Environment: {bench.environment.label}", highlight=False)
        test = RegressionTest(place or _home(bench, tree, source.name), content, wanted.declared)
        with progress.status(f"Running {test.path} and the repository's own tests in the sandbox …"):
            proof = prove(tree, patch, test, bench)
        return Answer(sha, proof, patch, test)


def _read(path: Path, option: str) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as exc:
        raise InputError(f"{option} {path} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{option} {path} is not UTF-8 text.") from exc


def _split(text: str) -> tuple[Path, str]:
    """FILE and PATH_IN_REPO; a file whose name holds a colon is taken as it is."""
    file, colon, place = text.rpartition(":")
    if not colon or Path(text).is_file():
        return Path(text), ""
    return Path(file), place


def _home(bench: Bench, tree: Path, name: str) -> str:
    """Where a test file of this name goes: the project's first test folder, or a new one."""
    roots = bench.language.test_roots(tree)
    named = [root for root in roots if root.rpartition("/")[2] in {"tests", "test"}]  # others may be source
    root = next(iter([*named, *roots]), "tests")
    fitting = bench.language.test_name(name, tree)
    return fitting if root == "." else f"{root}/{fitting}"


def _print(answer: Answer, form: str) -> None:
    if form == "json":
        document = proof_document(answer.sha, answer.proof, answer.patch, answer.test)
        click.echo(json.dumps(document, indent=2))
        return
    click.echo(f"{answer.proof.verdict}: {answer.test.path} on {answer.sha[:12]}")
    for gate in answer.proof.gates:
        reason = f"[{gate.reason}] " if gate.reason else ""
        click.echo(f"  {'✓' if gate.passed else '✗'} {gate.gate:<4} {reason}{gate.detail}")
