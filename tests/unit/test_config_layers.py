"""Three layers: the nearest word holds, lists add up, and what a farther file has locked stays its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bot.ceilings import Budget, Ceiling
from bot.config import Config
from bot.config.files import CONFIG_FILE, Key, SutureFile
from bot.config.ignore import without_ignored
from bot.config.layers import Host
from bot.config.read import read_config, read_host, read_server
from bot.errors import SettingsError
from bot.records import FixDelivery, NotReviewed, Policy, Review, Severity
from bot.review.exempt import exempt
from bot.settings import Settings, read_settings
from tests.fakes.records import a_change, a_finding
from tests.unit.test_config import RULE

ACME = "acme/.github"
BUDGET = Budget(Ceiling(100_000, 20_000), Ceiling(50_000))


def layered(folder: Path, own: str = "", shared: str = "", server: str = "", **more: str) -> Config:
    """The three files; `more` are others of the organisation's repository, "__" for a slash."""
    for name, text in ((f"own/{CONFIG_FILE}", own), ("acme/suture.yml", shared), ("etc/s.yml", server)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name, text in more.items():
        (folder / "acme" / f"{name.replace('__', '/')}.yml").write_text(text)
    host = Host(read_server(str(folder / "etc/s.yml")), BUDGET, ("small", "large"))
    return read_config(folder / "own", (ACME, folder / "acme"), host)


def test_the_nearest_word_holds(tmp_path: Path):
    """Key by key: a repository that says nothing of one leaves it to those farther away."""
    ours = "comment_from: high\nfail_from: high\nfix_delivery: suggestions\n"
    found = layered(tmp_path, "comment_from: medium\n", ours, "fail_from: critical\ninline_comments: 7\n")

    assert found.problems == ()
    assert found.policy == Policy(Severity.MEDIUM, Severity.HIGH, 7)
    assert found.fix_delivery is FixDelivery.SUGGESTIONS


def test_a_repository_can_take_a_word_back(tmp_path: Path):
    """Unless it is locked."""
    assert layered(tmp_path, own="fail_from: never\n", shared="fail_from: low\n").policy.fail_from is None


def test_lists_and_guidance_add_up(tmp_path: Path):
    """What is farther away comes first, and each entry says whose it is and where it stands."""
    entry = "do_not_report:\n  - {{cwe: CWE-{}, reason: so}}\n"
    found = layered(
        tmp_path,
        own=f"guidance: mine\nignore: [gen/**]\n{entry.format(1)}",
        shared=f"guidance: ours\nignore:\n  - vendor/**\n{entry.format(2)}",
        server=f"guidance: theirs\n{entry.format(3)}",
    )

    assert found.guidance == "theirs\n\nours\n\nmine"
    assert [(one.who, one.path, one.line, one.entry) for one in found.ignore] == [
        ("the organisation", "acme/.github: suture.yml", 3, "vendor/**"),
        ("the repository", CONFIG_FILE, 2, "gen/**"),
    ]
    gone = exempt(Review((a_finding(cwe="CWE-3"),)), found).dropped
    assert [one.reason for one in gone] == [
        "the operator asks not to report this (the server's s.yml line 3): so"
    ]


def test_what_is_locked_stays(tmp_path: Path):
    """What a nearer file says of such a key is told with its line and has no effect."""
    found = layered(
        tmp_path,
        own="ignore: ['**']\n\nfail_from: never\ncomment_from: low\n",
        shared="locked: [fail_from, ignore]\nfail_from: high\ncomment_from: high\n",
        server="locked:\n  - comment_from\n",
    )

    assert (found.policy.fail_from, found.policy.comment_from, found.ignore) == (
        Severity.HIGH,
        Severity.LOW,
        (),
    )
    assert [(one.path, one.line, one.what) for one in found.problems] == [
        (place, line, f"`{key}` is locked by {whom}; what is said of it here is ignored.")
        for place, line, key, whom in (
            (CONFIG_FILE, 1, "ignore", "the organisation (acme/.github: suture.yml)"),
            (CONFIG_FILE, 3, "fail_from", "the organisation (acme/.github: suture.yml)"),
            (CONFIG_FILE, 4, "comment_from", "the operator (the server's s.yml)"),
            (ACME + ": suture.yml", 3, "comment_from", "the operator (the server's s.yml)"),
        )
    ]


def test_rules_of_an_organisation(tmp_path: Path):
    """Its files are named, its rule holds where a repository's has the same id, and they can be locked."""
    own = tmp_path / "own/.github/suture/rules"
    own.mkdir(parents=True)
    (own / "mine.yml").write_text(RULE.replace("SQL from outside", "Mine") + "cleaners: []\n")
    shared = "rules: [ours.yml]\n"

    both = layered(tmp_path, shared=shared, ours=RULE)
    locked = layered(tmp_path, shared=f"{shared}locked: [rules]\n", ours=RULE)
    unnamed = layered(tmp_path, shared="", ours=RULE)

    assert [(one.entry.title, one.path) for one in both.rules] == [
        ("SQL from outside", "acme/.github: ours.yml")
    ]
    (told,) = both.problems
    assert (told.path, told.line) == (".github/suture/rules/mine.yml", 2)
    assert "stands in acme/.github: ours.yml line 2 already" in told.what
    assert [one.what[:48] for one in locked.problems] == ["`rules` is locked by the organisation (acme/.git"]
    assert [one.entry.title for one in unnamed.rules] == ["Mine"]


def test_a_problem_names_its_layer(tmp_path: Path):
    """By the repository's name, the file and the line."""
    (told,) = layered(tmp_path, shared="\nfail_form: high\n").problems

    assert (told.path, told.line) == ("acme/.github: suture.yml", 2)
    assert "did you mean `fail_from`?" in told.what


def test_an_organisations_file_may_lie_where_a_repositorys_does(tmp_path: Path):
    """The one at the top counts where there are both."""
    tree = tmp_path / "acme"
    (tree / ".github").mkdir(parents=True)
    (tree / CONFIG_FILE).write_text("guidance: hidden\n")
    first = read_config(tmp_path, (ACME, tree)).guidance
    (tree / "suture.yml").write_text("guidance: top\n")

    assert (first, read_config(tmp_path, (ACME, tree)).guidance) == ("hidden", "top")


@pytest.mark.parametrize("key", ["claude_via", "sandbox", "concurrency", "repository_day", "private_key"])
def test_what_only_the_operator_sets(tmp_path: Path, key: str):
    """It is said to be his, in whatever file it stands."""
    (told,) = layered(tmp_path, own=f"\n{key}: x\n").problems

    assert (told.line, told.what) == (
        2,
        f"`{key}` is for the operator alone to set, in the environment; `{key}` is ignored.",
    )


def test_a_repository_locks_nothing(tmp_path: Path):
    """There is nobody nearer."""
    (told,) = layered(tmp_path, own="locked: [rules]\n").problems

    assert "is for an organisation's or the operator's file" in told.what


def test_the_operators_file_is_checked_at_the_start(tmp_path: Path):
    """A server does not run on a file that says something else than was meant; links are followed to it."""
    (tmp_path / "real.yml").write_text("guidance: x\nfail_form: high\n")
    (tmp_path / "link.yml").symlink_to("real.yml")

    with pytest.raises(SettingsError, match=r"the server's real.yml line 2: .* mean `fail_from`"):
        read_server(str(tmp_path / "link.yml"))
    with pytest.raises(SettingsError, match="is no file"):
        read_server(str(tmp_path / "none.yml"))
    assert read_host(Settings()).layer is None


def test_a_budget_can_only_be_lowered(tmp_path: Path):
    """Part by part, by each layer in turn; what would raise it is told, and the lower holds."""
    found = layered(
        tmp_path,
        "budget:\n  pull_request: 90k in, $2\n  finding: 60k in, 5k out\n",
        "budget: {pull_request: 80k in}\n",
    )

    assert found.budget is not None
    assert found.budget.entry == replace(
        BUDGET, pull_request=Ceiling(80_000, 20_000, 2.0), finding=Ceiling(50_000, 5_000)
    )
    assert found.budget.path == f"acme/.github: suture.yml or {CONFIG_FILE}"
    assert [(one.path, one.line, one.what) for one in found.problems] == [
        (CONFIG_FILE, line, f"`{name}` can only lower what holds already ({most}); the lower holds.")
        for line, name, most in (
            (2, "pull_request", "80,000 in, 20,000 out"),
            (3, "finding", "50,000 in"),
        )
    ]
    assert layered(tmp_path, "budget: {finding: 1M in}\n").budget is None


@pytest.mark.parametrize(
    ("value", "why"),
    [("100k", "written like `100k in, 20k out, $2`"), ("1k in, 2k in", "once"), ("none", "written like")],
)
def test_a_budget_is_held_to_its_form(tmp_path: Path, value: str, why: str):
    """No limit cannot be asked for."""
    (told,) = layered(tmp_path, f"budget:\n  finding: {value}\n").problems

    assert (told.line, why in told.what) == (2, True)


def test_models_are_chosen_from_those_that_the_operator_allows(tmp_path: Path):
    """A layer that names another says nothing of them; the operator's own file is free."""
    chosen = layered(tmp_path, "models: {review: large, effort: low}\n", "models: {fix: small}\n")
    refused = layered(tmp_path, "models:\n  fix: small\n  review: huge\n", "", "models: {review: any}\n")
    closed = read_config(tmp_path / "own")

    assert (chosen.models.named, chosen.models.effort, chosen.problems) == ({"review": "large"}, "low", ())
    assert refused.models.named == {"review": "any"}
    assert [(one.line, one.what) for one in refused.problems] == [
        (3, "`huge` is not among the allowed `small`, `large`; `models` is ignored.")
    ]
    assert (closed.models.named, "SUTURE_MODELS_ALLOWED" in closed.problems[0].what) == ({}, True)


def test_every_key_can_be_locked():
    """None is forgotten."""
    assert get_args(Key) == tuple(SutureFile.model_fields)


def test_ignored_files_are_named_and_not_reviewed(tmp_path: Path):
    """They leave the change, say who asked, and leave nothing open; a finding in one is not brought back."""
    found = layered(tmp_path, own="ignore:\n  - shop/**\n  - vendor/**\n")
    vendored = NotReviewed("vendor/x.py", "It is vendored: a copy of other people's code.")
    change = without_ignored(a_change(not_reviewed=(vendored,)), found)

    assert change.files == ()
    assert [(one.path, one.reason, one.in_scope, one.asked) for one in change.not_reviewed] == [
        (path, f"It is left out as the repository asks (.github/suture.yml line {line}).", False, True)
        for path, line in (("vendor/x.py", 3), ("shop/customers.py", 2))
    ]
    assert exempt(Review((a_finding(),)), found).findings == ()
    assert without_ignored(a_change("other.py"), found) == a_change("other.py")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", "{owner}/.github"), ("none", ""), ("{owner}/security", "{owner}/security"), ("a/b", "a/b")],
)
def test_the_name_of_the_organisations_repository(value: str, expected: str):
    """The operator chooses it, or none."""
    assert read_settings({"SUTURE_CONFIG_REPOSITORY": value}).config_repository == expected
    with pytest.raises(SettingsError, match="SUTURE_CONFIG_REPOSITORY"):
        read_settings({"SUTURE_CONFIG_REPOSITORY": f"{value}/../x"})
