"""The base branch's tree → `Config`. Never fails: what cannot be read has no effect and is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bot.config import Config, Placed
from bot.config.checked import Checked, M, check
from bot.config.files import CONFIG_FILE, Cleaner, OwnRule, RuleFile, SutureFile
from bot.config.located import BadYamlError, Document, read_yaml
from bot.config.tree import UnreadableError, find_files, read_file
from bot.records import Remark

MOST_FILES = 50  # of rules
MOST_RULES = 200
MISNAMED = ".github/suture.yaml"
NO_BASE = "The base branch could not be read, so nothing that the repository asks of Suture holds here."


def read_config(base: Path | None) -> Config:
    """What the repository asks, from the tree of the base branch; None for a base that is not to be had."""
    if base is None:
        return Config(problems=(Remark(CONFIG_FILE, 0, NO_BASE),))
    reader = _Reader(base)
    asked = reader.read(CONFIG_FILE, SutureFile)
    reader.read_rules(asked)
    if os.path.lexists(base / MISNAMED) and not os.path.lexists(base / CONFIG_FILE):
        reader.problems.append(
            Remark(MISNAMED, 0, f"The file has no effect: it has to be called {CONFIG_FILE}.")
        )
    return Config(
        guidance=asked.value.guidance,
        do_not_report=tuple(
            Placed(entry, CONFIG_FILE, line)
            for entry, line in zip(
                asked.value.do_not_report, asked.lines.get("do_not_report", ()), strict=True
            )
        ),
        rules=tuple(reader.rules.values()),
        cleaners=tuple(reader.cleaners),
        problems=tuple(reader.problems),
    )


@dataclass
class _Reader:
    base: Path
    rules: dict[str, Placed[OwnRule]] = field(default_factory=dict)
    cleaners: list[Cleaner] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)

    def read(self, path: str, model: type[M]) -> Checked[M]:
        checked = check(model, self.document(path), path)
        self.problems += checked.problems
        return checked

    def document(self, path: str) -> Document:
        """The file, or an empty one when there is none or it cannot be read."""
        try:
            text = read_file(self.base, path)
            return Document(None) if text is None else read_yaml(text)
        except UnreadableError as error:
            self.problems.append(Remark(path, 0, f"The file has no effect: {error}."))
        except BadYamlError as error:
            self.problems.append(Remark(path, error.line, f"The file has no effect: {error}."))
        return Document(None)

    def read_rules(self, asked: Checked[SutureFile]) -> None:
        """The rules of all files that the patterns name, each file and each id once."""
        files: dict[str, None] = {}
        lines = asked.lines.get("rules", ())
        for number, pattern in enumerate(asked.value.rules):
            line = lines[number] if lines else 0
            try:
                found = list(islice(find_files(self.base, pattern), MOST_FILES + 1))
            except UnreadableError as error:
                self.problems.append(Remark(CONFIG_FILE, line, f"`{pattern}` has no effect: {error}."))
                continue
            files.update(dict.fromkeys(found))
            if not found and line:
                self.problems.append(Remark(CONFIG_FILE, line, f"`{pattern}` names no file."))
        for path in list(files)[:MOST_FILES]:
            self.read_rule_file(path)
        if len(files) > MOST_FILES:
            what = f"There are more than {MOST_FILES} rule files; this and those after it are not read."
            self.problems.append(Remark(list(files)[MOST_FILES], 0, what))

    def read_rule_file(self, path: str) -> None:
        checked = self.read(path, RuleFile)
        self.cleaners += checked.value.cleaners
        for rule, line in zip(checked.value.rules, checked.lines.get("rules", ()), strict=True):
            known = self.rules.get(rule.id)
            if known is not None:
                first = f"{known.path} line {known.line}"
                what = f"The rule `{rule.id}` stands in {first} already; this one is ignored."
                self.problems.append(Remark(path, line, what))
            elif len(self.rules) == MOST_RULES:
                self.problems.append(
                    Remark(path, line, f"More than {MOST_RULES} rules: this one is ignored.")
                )
            else:
                self.rules[rule.id] = Placed(rule, path, line)
