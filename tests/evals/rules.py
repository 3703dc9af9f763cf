"""What the embedded rules say of the corpus, without running anything: `python -m tests.evals.rules CORPUS`.

CORPUS holds one folder a case with `repo/`, a git repository with the branches of its forms:
R base → head (the fix taken back), A a-base → a-head (vulnerable code added), C a-base → c-head (the same
code added with the fix), K base → head of the `clean-*` cases. Prints a table in Markdown; ends with 1
when a form without a defect (C or K) has a finding. With `--classes` it writes the table of the weakness
classes into their README instead.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.forge.local import LocalForge
from bot.review.reviewers import Material
from bot.review.reviewers.rules import Rules
from bot.review.rules import classes

README = Path(__file__).parents[2] / "bot" / "review" / "rules" / "README.md"
CASES = Path(__file__).parents[1] / "cases" / "rules"
MARKS = (
    "<!-- classes: written by `python -m tests.evals.rules --classes` -->\n",
    "<!-- end of classes -->\n",
)
FORMS = {"R": ("base", "head"), "A": ("a-base", "a-head"), "C": ("a-base", "c-head")}
CLEAN = {"K": ("base", "head")}


@dataclass(frozen=True)
class Row:
    """One form of one case, and the rules with a finding in it."""

    case: str
    form: str
    found: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return self.form in {"C", "K"}


def measure(corpus: Path) -> list[Row]:
    """Every form of every case, reviewed."""
    rows = []
    for repo in sorted(corpus.glob("*/repo")):
        case = repo.parent.name
        for form, (base, head) in (CLEAN if case.startswith("clean-") else FORMS).items():
            rows.append(Row(case, form, _review(repo, base, head)))
    return rows


def _review(repo: Path, base: str, head: str) -> tuple[str, ...]:
    forge = LocalForge(repo, base, head)
    change = forge.collect()
    with forge.checkout(change) as tree:
        review = Rules().review(Material(change, tree))
    return tuple(sorted(one.rule for one in review.findings))


def table(rows: list[Row]) -> str:
    """The rows by form, and each finding by name."""
    lines = ["| form | cases | with a finding |", "|---|---|---|"]
    cases, found = Counter(one.form for one in rows), Counter(one.form for one in rows if one.found)
    lines += [f"| {form} | {cases[form]} | {found[form]} |" for form in sorted(cases)]
    lines += [""] + [f"- {one.case}, {one.form}: {', '.join(one.found)}" for one in rows if one.found]
    return "\n".join(lines).rstrip() + "\n"


def class_table() -> str:
    """The weakness classes as their code describes them, with the number of their pairs of cases."""
    lines = ["| class | CWE | severity | looks at | its fix | pairs |", "|---|---|---|---|---|---|"]
    total = 0
    for one in classes():
        name = one.rule.removeprefix("python/")
        pairs = len(list((CASES / name).glob("*/case.json")))
        total += pairs
        cells = (f"{one.name} (`{name}`)", one.cwe, one.severity.value, one.sinks, one.remedy, str(pairs))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"{len(classes())} classes, {total} pairs."]) + "\n"


def with_table(text: str) -> str:
    """The README with its table of classes as the code has it."""
    before, rest = text.split(MARKS[0])
    return before + MARKS[0] + "\n" + class_table() + "\n" + MARKS[1] + rest.split(MARKS[1])[1]


def main(arguments: list[str]) -> int:
    """Print the table of the corpus that the first argument names, or write the table of classes."""
    if arguments == ["--classes"]:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("Skipped: name the folder of a built corpus.")
        return 0
    rows = measure(Path(arguments[0]))
    print(table(rows), end="")
    return 1 if any(one.found for one in rows if one.is_clean) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
