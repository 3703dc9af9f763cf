"""OS command injection (CWE-78): a shell command put together from untrusted text."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.source import Source, Span
from bot.review.rules.analysis.template import Hole, Template, Text, read_template
from bot.review.rules.shell.regression import write
from bot.review.rules.shell.words import list_code, words
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite

ALWAYS_SHELL = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
SHELL_OPTION = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
) | {"asyncio.create_subprocess_shell"}


def _command(site: Site) -> cst.Arg | None:
    """The argument that a shell will read at this call, if any."""
    called = site.called
    if called in ALWAYS_SHELL:
        return argument(site.call, 0, "cmd") or argument(site.call, 0, "command")
    if called not in SHELL_OPTION:
        return None
    shell = argument(site.call, -1, "shell")
    on = shell is not None and isinstance(shell.value, cst.Name) and shell.value.value == "True"
    return argument(site.call, 0, "args") if on or called.endswith("_shell") else None


def _template(site: Site) -> Template | None:
    given = _command(site)
    return read_template(site.function.source, site.resolve(given.value)) if given else None


def _untrusted(site: Site, template: Template) -> tuple[Hole, ...]:
    holes = ((hole, site.taint(hole.value)) for hole in template.holes)
    return tuple(hole for hole, taint in holes if taint and not taint.encodings)


def find(site: Site) -> Candidate | None:
    """Untrusted text in a command that a shell reads."""
    template = _template(site)
    holes = _untrusted(site, template) if template else ()
    if template is None or not holes or not re.search(r"\w", template.text("")):
        return None
    taint = site.taint(holes[0].value)
    origin = taint.origin
    name = site.function.qualified
    definition = site.statement_of(template.node)
    lines = frozenset(site.function.source.lines(definition)) if definition else frozenset()
    return Candidate(
        site,
        origin,
        taint.lines | lines,
        title=f"OS command injection: {origin.words} becomes part of a shell command in `{name}`",
        explanation=(
            f"`{name}` puts {origin.words} into the text of a command that a shell reads. A "
            f"semicolon, a quote or a "
            "dollar sign in the input is not data for the shell: it begins a command of its own."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "sample; : > marker"',
            bad="the shell runs the second command: an empty file `marker` appears",
            good="the program receives the whole input as one argument, and no file appears",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The program with a list of arguments and no shell; where only a shell can run it, the value quoted."""
    site = candidate.site
    template, given = _template(site), _command(site)
    if template is None or given is None:
        raise CannotWrite("The command is put together in a way that the rule cannot rewrite.")
    try:
        listed = list_code(site.function.source, template, lambda hole: _is_text(site, hole))
        return _without_shell(site, template, given, listed)
    except CannotWrite:
        return _quoted(site.function.source, template, _untrusted(site, template))


def _is_text(site: Site, hole: Hole) -> bool:
    """Is the value a string already? A path object or a number has to be made one in some argument lists."""
    node = site.resolve(hole.value)
    if isinstance(node, cst.Call):
        return site.function.called(node) in {"str", "os.path.join", "os.fspath"} or bool(site.taint(node))
    if isinstance(node, cst.SimpleString | cst.FormattedString):
        return True
    annotation = site.function.annotation(node.value) if isinstance(node, cst.Name) else ""
    if annotation:
        return annotation == "str"
    return bool(site.taint(hole.value))


def _without_shell(site: Site, template: Template, given: cst.Arg, listed: str) -> Rewrite:
    source, called = site.function.source, site.called
    place = (source.outer_span(template.node), listed)
    strategy = "The program gets its arguments as a list, so no shell reads them."
    if called in SHELL_OPTION and not called.endswith("_shell"):
        if argument(site.call, -1, "executable"):
            raise CannotWrite("The call names its own shell.")
        return Rewrite((place, (_shell_option(source, site.call), "")), strategy)
    if called == "os.system":
        name = site.function.imports.get("subprocess")
        func = "subprocess.call" if name in {None, "subprocess"} else ""
        if not func:
            raise CannotWrite("The name subprocess is taken in this file.")
        return Rewrite(((source.spans[site.call.func], func), place), strategy, ("import subprocess",))
    reading = source.parents.get(site.call)
    outer = source.parents.get(reading) if reading else None
    if called == "os.popen" and isinstance(reading, cst.Attribute) and reading.attr.value == "read" and outer:
        code = f"subprocess.run({listed}, stdout=subprocess.PIPE, text=True, check=False).stdout"
        if template.node is not given.value:
            code = code.replace(listed, source.code(given.value), 1)
            return Rewrite((place, (source.outer_span(outer), code)), strategy, ("import subprocess",))
        return Rewrite(((source.outer_span(outer), code),), strategy, ("import subprocess",))
    raise CannotWrite("Only a shell gives what this call returns.")


def _shell_option(source: Source, call: cst.Call) -> Span:
    """The place of `, shell=True`."""
    given = argument(call, -1, "shell")
    if given is None:
        raise CannotWrite("The call has no shell option.")
    index = call.args.index(given)
    if index == 0:
        raise CannotWrite("The shell option comes first.")
    before = source.outer_span(call.args[index - 1].value).end
    return Span(before, source.outer_span(given.value).end)


def _quoted(source: Source, template: Template, holes: tuple[Hole, ...]) -> Rewrite:
    """shlex.quote around each untrusted value, quotes of the command's own around it taken away."""
    if template.style not in {"f-string", "plus"}:
        raise CannotWrite("The command needs a shell, and its format cannot be changed safely.")
    replacements = []
    for hole in holes:
        if not hole.plain:
            raise CannotWrite("A value is formatted on its way into the command.")
        span = source.outer_span(hole.value)
        replacements.append((span, f"shlex.quote({source.code(hole.value)})"))
    replacements += _bare(source, template, holes)
    return Rewrite(
        tuple(replacements),
        "Each value is quoted for the shell, so that it stays one word.",
        ("import shlex",),
    )


def _bare(source: Source, template: Template, holes: tuple[Hole, ...]) -> list[tuple[Span, str]]:
    """The command's own quotes directly around an untrusted value.

    Refused where they hold more than the value.
    """
    gone = []
    inside = ""
    parts = template.parts
    for index, part in enumerate(parts):
        if isinstance(part, Text):
            for sign in part.raw:
                inside = "" if sign == inside else sign if not inside and sign in "'\"" else inside
            continue
        if part not in holes or not inside:
            continue
        after = parts[index + 1] if index + 1 < len(parts) else None
        before = parts[index - 1]
        if template.style != "f-string" or not isinstance(after, Text) or not isinstance(before, Text):
            raise CannotWrite("The value stands inside quotes of the command that cannot be taken apart.")
        if (
            not before.raw.endswith(inside)
            or not after.raw.startswith(inside)
            or before.raw.endswith("\\" + inside)
        ):
            raise CannotWrite("The value shares quotes of the command with other text.")
        brace = source.data.rfind(b"{", 0, source.outer_span(part.value).start)
        close = source.data.find(b"}", source.outer_span(part.value).end)
        gone += [(Span(brace - 1, brace), ""), (Span(close + 1, close + 2), "")]
    return gone


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The input reaches the program as one argument, and nothing else is run."""
    template = _template(candidate.site)
    if template is None:
        raise CannotWrite("The command is put together in a way that a test cannot follow.")
    try:
        listed = len(words(template)) > 0
    except CannotWrite:
        listed = False
    return write(candidate, template, placement, attempt, whole=listed)


WEAKNESS = WeaknessClass(
    rule="python/command-injection",
    cwe="CWE-78",
    name="OS command injection",
    severity=Severity.CRITICAL,
    impact="Whoever controls the input can run programs with the rights of this process.",
    sinks="`os.system`, `os.popen`, `subprocess` with `shell=True`, `getoutput`, `create_subprocess_shell`",
    remedy="an argument list without a shell; `shlex.quote` where the command needs one",
    find=find,
    fix=fix,
    test=test,
)
