"""Trees → layers → `Config`. Never fails: what cannot be read has no effect and is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from bot.config import OPERATOR, ORGANISATION, REPOSITORY, Config, Placed, T
from bot.config.checked import Checked, M, check
from bot.config.files import CONFIG_FILE, SharedFile, SutureFile
from bot.config.layers import Host, Layer, merged
from bot.config.located import BadYamlError, Document, read_yaml
from bot.config.own_rules import Cleaner, OwnRule, RuleFile
from bot.config.tree import UnreadableError, find_files, read_file
from bot.errors import InputError, SettingsError
from bot.records import Remark
from bot.settings import Settings

MOST_FILES = 50  # of rules, of one layer
MISNAMED = ".github/suture.yaml"
SHARED_FILES = ("suture.yml", CONFIG_FILE)  # of an organisation's repository; the first that is there
NO_BASE = "The base branch could not be read, so nothing that the repository asks of Suture holds here."


def read_config(
    base: Path | None, shared: tuple[str, Path] | None = None, host: Host | None = None
) -> Config:
    """What holds for a repository: its own base branch's word, its organisation's, and the operator's.

    `base` is None for a base that is not to be had; `shared` is the organisation's repository: name and tree.
    """
    host = host or Host()
    layers = [host.layer] if host.layer else []
    if shared:
        layers.append(read_shared(*shared))
    return merged([*layers, read_repository(base)], host)


def read_repository(base: Path | None) -> Layer:
    """The repository's own layer, from the tree of its base branch."""
    if base is None:
        return Layer(problems=(Remark(CONFIG_FILE, 0, NO_BASE),))
    layer = _Reader(base).layer(CONFIG_FILE, SutureFile, REPOSITORY)
    if os.path.lexists(base / MISNAMED) and not os.path.lexists(base / CONFIG_FILE):
        what = f"The file has no effect: it has to be called {CONFIG_FILE}."
        return replace(layer, problems=(*layer.problems, Remark(MISNAMED, 0, what)))
    return layer


def read_shared(repository: str, tree: Path) -> Layer:
    """The layer of the organisation whose repository is called so."""
    name = next((one for one in SHARED_FILES if os.path.lexists(tree / one)), SHARED_FILES[0])
    return _Reader(tree, f"{repository}: ").layer(name, SharedFile, ORGANISATION)


def read_host(settings: Settings) -> Host:
    """What the operator says and allows. Raises SettingsError for anything that is wrong in his file."""
    layer = read_server(settings.config) if settings.config else None
    return Host(layer, settings.budget, settings.models_allowed)


def read_server(file: str) -> Layer:
    """The operator's layer. Raises SettingsError for anything that is wrong in it."""
    path = Path(file).resolve()  # a mounted file may be a link; what it names lies beside it
    if not path.is_file():
        raise SettingsError(f"SUTURE_CONFIG names {file}, which is no file.")
    layer = _Reader(path.parent, "the server's ").layer(path.name, SharedFile, OPERATOR)
    if layer.problems:
        told = "; ".join(f"{one.path} line {one.line}: {one.what}" for one in layer.problems)
        raise SettingsError(f"SUTURE_CONFIG names a file that is not right. {told}")
    return layer


def read_place(place: Path) -> Layer:
    """The layer of a repository's folder, or of a file: one of a repository by its name, else a shared one.

    Raises InputError where there is none.
    """
    path = place.resolve()
    if path.is_file() and not path.as_posix().endswith(f"/{CONFIG_FILE}"):
        return _Reader(path.parent).layer(path.name, SharedFile, OPERATOR)
    folder = path.parents[1] if path.is_file() else path
    layer = read_repository(folder)
    if not (layer.rules or layer.cleaners or layer.problems or os.path.lexists(folder / CONFIG_FILE)):
        raise InputError(f"There is no {CONFIG_FILE} in {place}. Give a repository's folder, or a file.")
    return layer


@dataclass
class _Reader:
    """Reads one layer's tree; `before` stands before each path that people see."""

    tree: Path
    before: str = ""
    rules: list[Placed[OwnRule]] = field(default_factory=list)
    cleaners: list[Cleaner] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)

    def layer(self, name: str, model: type[SutureFile], who: str) -> Layer:
        """What the file says, and the rule files that it names."""
        checked = self.read(name, model)
        self.read_rules(name, checked, who)
        asked, file = checked.value, f"{self.before}{name}"

        def placed(entries: tuple[T, ...], key: str) -> tuple[Placed[T], ...]:
            pairs = zip(entries, checked.lines.get(key, ()), strict=True)
            return tuple(Placed(entry, file, line, who) for entry, line in pairs)

        return Layer(
            who=who,
            file=file,
            asked=asked,
            keys=checked.keys,
            do_not_report=placed(asked.do_not_report, "do_not_report"),
            ignore=placed(asked.ignore, "ignore"),
            rules=tuple(self.rules),
            cleaners=tuple(self.cleaners),
            problems=tuple(self.problems),
            document=checked.document,
        )

    def problem(self, path: str, line: int, what: str) -> None:
        self.problems.append(Remark(f"{self.before}{path}", line, what))

    def read(self, path: str, model: type[M]) -> Checked[M]:
        checked = check(model, self.document(path), f"{self.before}{path}")
        self.problems += checked.problems
        return checked

    def document(self, path: str) -> Document:
        """The file, or an empty one when there is none or it cannot be read."""
        try:
            text = read_file(self.tree, path)
            return Document(None) if text is None else read_yaml(text)
        except UnreadableError as error:
            self.problem(path, 0, f"The file has no effect: {error}.")
        except BadYamlError as error:
            self.problem(path, error.line, f"The file has no effect: {error}.")
        return Document(None)

    def read_rules(self, name: str, asked: Checked[SutureFile], who: str) -> None:
        """The rules of all files that the patterns name, each file once; only a repository has a default."""
        files: dict[str, None] = {}
        lines = asked.lines.get("rules", ())
        patterns = asked.value.rules if lines or who == REPOSITORY else ()
        for number, pattern in enumerate(patterns):
            line = lines[number] if lines else 0
            try:
                found = list(islice(find_files(self.tree, pattern), MOST_FILES + 1))
            except UnreadableError as error:
                self.problem(name, line, f"`{pattern}` has no effect: {error}.")
                continue
            files.update(dict.fromkeys(found))
            if not found and line:
                self.problem(name, line, f"`{pattern}` names no file.")
        for path in list(files)[:MOST_FILES]:
            self.read_rule_file(path, who)
        if len(files) > MOST_FILES:
            what = f"There are more than {MOST_FILES} rule files; this and those after it are not read."
            self.problem(list(files)[MOST_FILES], 0, what)

    def read_rule_file(self, path: str, who: str) -> None:
        checked = self.read(path, RuleFile)
        self.cleaners += checked.value.cleaners
        lines = checked.lines.get("rules", ())
        self.rules += [
            Placed(rule, f"{self.before}{path}", line, who)
            for rule, line in zip(checked.value.rules, lines, strict=True)
        ]
