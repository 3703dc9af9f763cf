"""The evaluation whole: a case of ours is reviewed, recorded, replayed, and judged by hidden tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.review.claude.client import build_client
from tests.evals.corpus import CORPUS, Built, NoCorpus, build
from tests.evals.review.__main__ import main
from tests.evals.review.live import Live
from tests.evals.review.measure import Plan, measure
from tests.evals.review.program import Task
from tests.evals.review.recording import Recorded, Tape
from tests.evals.review.rows import Row
from tests.evals.review.trials import passes_oracle, trials_of
from tests.fakes.invoice_model import NOTHING, REPLIES, InvoiceModel
from tests.fakes.messages_api import MessagesApi
from tests.flow.shop import need_sandbox
from tests.lean import lean_python

OWN = Path(__file__).parents[1] / "cases" / "evals"
NAME = "invoice-folder"
ONLY_UP = "    path = Path(folder) / name\n    if '..' in name:\n        raise ValueError('it goes up')\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_sandbox()
    return tmp_path_factory.mktemp("built")


@pytest.fixture(scope="module")
def case(built: Path) -> Built:
    return build(NAME, OWN, built, lean_python())


def record(task: Task, folder: Path, model: InvoiceModel) -> Row:
    """Have the model reply as the live service, and keep what it says."""
    with (
        MessagesApi(model).running() as api,
        build_client(api_key="test-key", base_url=api.url) as client,
    ):
        return measure(task, Plan("claude", folder, live=Live(client)))


@pytest.fixture(scope="module")
def recorded(case: Built, built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Row]:
    """The folder of the recordings of A, C and K, and the row of A as it was recorded."""
    folder = tmp_path_factory.mktemp("recordings")
    row = record(Task(case, "A"), folder, InvoiceModel())
    clean = build("clean-total", OWN, built, lean_python())
    for task in (Task(case, "C"), Task(clean, "K")):
        record(task, folder, InvoiceModel({"review": NOTHING}))
    return folder, row


def edited(folder: Path, to: Path, stage: str, **changes: Any) -> Path:
    """The recording of A with the replies of this stage changed."""
    name = f"{NAME}-A.jsonl"
    lines = [json.loads(one) for one in (folder / name).read_text().splitlines()]
    for one in lines:
        one.update(changes if one["stage"] == stage else {})
    (to / name).write_text("".join(json.dumps(one) + "\n" for one in lines))
    return to


def test_a_recorded_run_is_measured_again_by_the_command(
    recorded: tuple[Path, Row], built: Path, tmp_path: Path
):
    """Found, near the fix, fixed and tested on A; silent on C and K; a lost quote is not anchored."""
    wanted = ["--cases", f"{NAME},clean-total", "--forms", "A,C,K", "--python", lean_python()]
    places = ["--corpus", OWN, "--built", built, "--recordings", recorded[0], "--output", tmp_path]

    done = CliRunner().invoke(main, [*wanted, *map(str, places)])

    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "claude.json").read_text())
    parts = {name: (one["all"]["part"], one["all"]["whole"]) for name, one in found["measures"].items()}
    assert found["schema"] == "suture.eval/v1"
    assert parts == {
        "recall": (1, 1),
        "said at all": (1, 1),
        "silent": (2, 2),
        "pairwise": (1, 1),
        "precision": (1, 1),
        "anchored": (1, 2),
        "near the fix": (1, 1),
        "fix verified": (1, 1),
        "red-green": (1, 1),
    }
    assert (found["requests"], found["not_recorded"]) == (len(lines_of(recorded[0])), 0)
    assert "| recall | 1/1 100% (21–100) |" in (tmp_path / "claude.md").read_text()
    assert (tmp_path / "claude.svg").read_text().startswith("<svg ")


def lines_of(folder: Path) -> list[str]:
    return [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def test_a_recording_says_what_was_asked_and_spent(recorded: tuple[Path, Row]):
    """One line a reply, with the service's own counts, and the prompts' versions; no secret of the marks."""
    folder, row = recorded
    lines = [Recorded(**json.loads(one)) for one in (folder / f"{NAME}-A.jsonl").read_text().splitlines()]

    assert {"review", "test", "fix"} <= {one.stage for one in lines}
    assert not row.is_estimated
    assert row.requests == len(lines) == (row.usage or {})["model_calls"]
    assert sum((one.usage or {})["output_tokens"] for one in lines) == (row.usage or {})["output_tokens"]
    assert all(one.prompts[-1].startswith("system ") for one in lines)


def test_a_request_that_was_not_recorded_is_not_a_clean_review(
    recorded: tuple[Path, Row], case: Built, tmp_path: Path
):
    """As after a change of the prompt: said plainly, counted neither as found nor as silent."""
    folder = edited(recorded[0], tmp_path, "review", digest="0" * 64)

    row = measure(Task(case, "A"), Plan("claude", folder))

    assert (row.status, row.missed, row.note) == ("not evaluated", 1, "not recorded: review")
    assert not row.is_silent


def test_a_missed_defect_is_not_found(recorded: tuple[Path, Row], case: Built, tmp_path: Path):
    """The review says nothing, and the row is that of a defect that was missed."""
    said = json.loads(Tape(recorded[0] / f"{NAME}-A.jsonl").replies("review")[0])
    nothing = json.dumps(dict.fromkeys(said) | {"review": NOTHING})
    folder = edited(recorded[0], tmp_path, "review", reply=nothing)

    row = measure(Task(case, "A"), Plan("claude", folder))

    assert (row.status, row.is_found, row.is_said) == ("evaluated", False, False)


def test_a_fix_of_the_shown_input_alone_is_not_verified(case: Built, tmp_path: Path):
    """The tests that the bot saw are green with it; the hidden test is not."""
    fix = json.loads((REPLIES / "fix.json").read_text())
    fix["edits"][0]["new"] = ONLY_UP

    row = record(Task(case, "A"), tmp_path, InvoiceModel({"fix": fix}))

    assert row.is_found
    assert (row.fix_verified, row.red_green) == (False, True)


def test_the_oracle_tells_the_branches_apart(case: Built):
    """Red on the head, green on upstream's fix; and it never enters the tree."""
    with trials_of(Task(case, "A")) as trials:
        assert not passes_oracle(case, trials.head, trials.bench)
        assert passes_oracle(case, trials.fixed, trials.bench)


def test_a_test_that_upstreams_fix_does_not_satisfy_is_not_red_green(case: Built):
    """Nor one that is green on the head."""
    demands = (
        "from shop.invoices import read\n\n\ndef test_it(tmp_path):\n    assert read(tmp_path, '..') == ''\n"
    )
    idle = "from shop.invoices import names\n\n\ndef test_it(tmp_path):\n    assert names(tmp_path) == []\n"
    with trials_of(Task(case, "A")) as trials:
        assert not trials.is_red_green("tests/test_new.py", demands)
        assert not trials.is_red_green("tests/test_new.py", idle)


def test_without_a_corpus_it_says_so(tmp_path: Path):
    """And stops, with its own exit code."""
    done = CliRunner().invoke(main, ["--corpus", str(tmp_path)])

    assert done.exit_code == 2
    assert "name its folder with --corpus" in done.output


def test_forms_of_a_real_case_have_the_same_trees(tmp_path: Path):
    """The truth is read from R's branches, and holds for A's: their heads are the same files."""
    try:
        real = build("gitpython-ref-path", CORPUS, tmp_path, "")
    except NoCorpus as why:
        pytest.skip(str(why))
    task = Task(real, "A")

    assert real.show("head", "git/refs/symbolic.py") == real.show("a-head", "git/refs/symbolic.py")
    assert real.show("base", "git/refs/symbolic.py") == real.show("c-head", "git/refs/symbolic.py")
    assert task.blind.startswith("pr-")
