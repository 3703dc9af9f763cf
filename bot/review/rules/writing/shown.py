"""A regression test that looks at what comes back: the plain input is in it, the marked one not as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate


@dataclass(frozen=True, slots=True)
class Look:
    """Code of both inputs and of the texts to look for, and what the tests say of them."""

    marked: str
    unwanted: str
    plain: str
    wanted: str
    claim: str  # of the red test's name: "is_not_run"
    doc: str  # of the red test
    guarantee: str  # what holds of the input: "is text of the page, never markup"
    imports: tuple[str, ...] = ()
    errors: tuple[str, ...] = ("ValueError",)  # by which the code may refuse an input
    helpers: tuple[str, ...] = ()  # functions that the inputs call
    field: str = "get_data(as_text=True)"  # of a response


def write(candidate: Candidate, placement: Placement, look: Look) -> RegressionTest:
    """The test. Raises CannotWrite when it cannot call the function."""
    function, label = candidate.site.function, candidate.origin.label
    call = invocation(function, candidate.origin, placement, nothing)
    more = [one for one in ("tmp_path", "monkeypatch") if call.uses(one) or one in look.marked]
    passed = [one for one in more if call.uses(one)]
    helper = _helper(function.name, call, look, passed)
    red = block(
        f"def test_{label}_{look.claim}({', '.join(more)}):",
        look.doc,
        [f"assert {look.unwanted} not in shown({', '.join([look.marked, *passed])})"],
    )
    sibling = block(
        f"def test_plain_{label}_still_works({', '.join(passed)}):",
        "A plain input is answered as before.",
        [f"assert {look.wanted} in shown({', '.join([look.plain, *passed])})"],
    )
    guarantee = f"`{function.name}`: {label} {look.guarantee}."
    return test_file(
        placement, guarantee, (*look.imports, *call.imports), (*look.helpers, helper, red, sibling)
    )


def _helper(name: str, call: Invocation, look: Look, fixtures: list[str]) -> str:
    head = f"def shown({', '.join(['value', *fixtures])}):"
    doc = f'What `{name}` gives for the value, "" when it refuses.'
    if call.is_response:
        return block(head, doc, [*call.setup, f"return {call.call}.{look.field}"])
    errors = ", ".join(dict.fromkeys((*look.errors, *call.refusals)))
    caught = f"({errors})" if "," in errors else errors
    rows = [*call.setup, "try:", f"    return str({call.call})", f"except {caught}:", '    return ""']
    return block(head, doc, rows)
