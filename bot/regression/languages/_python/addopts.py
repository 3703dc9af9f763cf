"""The options a project gives pytest by default, without those that would change what a run means."""

from __future__ import annotations

import re
from pathlib import Path

from bot.regression.languages._python.config import test_config

# Measuring, parallel runs, repeats, stopping early and reports: a run of ours wants none of them, and an
# environment built from the project's dependencies may lack the plugin, which makes pytest refuse the option.
VALUED = frozenset({
    "-n", "--numprocesses", "--maxprocesses", "--dist", "--tx", "--max-worker-restart", "--cov",
    "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context", "--reruns", "--reruns-delay",
    "--only-rerun", "--rerun-except", "--timeout", "--timeout-method", "--session-timeout", "--junitxml",
    "--junit-xml", "--junit-prefix", "--html", "--css", "--json-report-file", "--maxfail",
    "--randomly-seed", "--random-order-bucket", "--random-order-seed",
})  # fmt: skip
FLAGS = frozenset({
    "--no-cov", "--cov-branch", "--cov-append", "--cov-reset", "--no-cov-on-fail", "--exitfirst", "--lf",
    "--last-failed", "--ff", "--failed-first", "--nf", "--new-first", "--sw", "--stepwise",
    "--stepwise-skip", "--pdb", "--trace", "--self-contained-html", "--json-report",
    "--randomly-dont-reset-seed", "--randomly-dont-reorganize", "--random-order", "--boxed", "--forked",
    "--looponfail", "--strict-config",
})  # fmt: skip
PROCESSES = re.compile(r"-n(\d+|auto|logical)")
UNPLUGGED = re.compile(
    r"no:(xdist|xdist\.looponfail|cov|pytest_cov|randomly|random_order|rerunfailures|cacheprovider)"
)
CLUSTER = re.compile(r"-[fxvqsl]+")  # single letters without a value, as in -xvs
TAKES_VALUE = frozenset({
    "-k", "-m", "-p", "-c", "-W", "-o", "-r", "--tb", "--import-mode", "--ignore", "--ignore-glob",
    "--deselect", "--rootdir", "--confcutdir", "--basetemp", "--durations", "--log-level", "--log-file",
    "--override-ini", "--pythonwarnings", "--ds", "--capture", "--show-capture", "--doctest-glob",
    "--doctest-encoding",
})  # fmt: skip


def cleaned(tree: Path, selected: bool, more: tuple[str, ...] = ()) -> tuple[tuple[str, ...], bool]:
    """The project's options, then `more`, without those, and whether that changes the project's.

    With `selected`, paths among the options go too: they would add the whole suite to the chosen tests.
    """
    given = test_config(tree).addopts
    kept = tuple(_cleaned([*given, *more], tree if selected else None))
    return kept, kept != given


def long_options(tree: Path, more: tuple[str, ...] = ()) -> list[str]:
    """Names of the project's long options and of `more`; the environment may lack their plugins."""
    names = (word.partition("=")[0] for word in (*test_config(tree).addopts, *more))
    return sorted({name for name in names if re.fullmatch(r"--[a-z][\w-]*", name)})


def _cleaned(given: list[str], tree: Path | None) -> list[str]:
    kept: list[str] = []
    rest = list(given)
    while rest:
        word = rest.pop(0)
        following = rest[0] if rest else "-"
        if word in VALUED and not following.startswith("-"):
            rest.pop(0)
        elif word.partition("=")[0] in VALUED | FLAGS or PROCESSES.fullmatch(word):
            continue
        elif word == "-p" and UNPLUGGED.fullmatch(following):
            rest.pop(0)
        elif word in TAKES_VALUE and rest:
            kept += [word, rest.pop(0)]
        elif CLUSTER.fullmatch(word):
            letters = re.sub("[fx]", "", word[1:])
            kept += [f"-{letters}"] if letters else []
        elif not _is_path(word, tree):
            kept.append(word)
    return kept


def _is_path(word: str, tree: Path | None) -> bool:
    return tree is not None and not word.startswith("-") and (tree / word.partition("::")[0]).exists()
