"""The page about proofs says what the code says."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import bot.gates
import bot.proof
from bot.commands.prove import command
from bot.gates import GATES
from bot.proof.attestation import PREDICATE
from bot.proof.stored import LARGEST, LARGEST_TEXT

FOLDER = Path(bot.proof.__file__).parent
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


def first_sentence(docstring: str) -> str:
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return paragraph.partition(": ")[2].partition(". ")[0].rstrip(".")


def test_the_table_is_that_of_the_gates():
    """One row a gate, in its order, with its file and the first sentence of that file."""
    names = [one.name for one in pkgutil.iter_modules(bot.gates.__path__)]
    modules = {name: importlib.import_module(f"bot.gates.{name}") for name in names}
    said = {
        module.GATE: f"| [{module.GATE}](../gates/{name}.py) | {first_sentence(module.__doc__ or '')} |"
        for name, module in modules.items()
    }

    assert sorted(said) == sorted(GATES)
    assert re.findall(r"^\| \[G.*$", PAGE, re.MULTILINE) == [said[gate] for gate in GATES]


def test_links_lead_somewhere():
    """Each relative link of the page is a file."""
    links = [one for one in re.findall(r"\]\(([^)]+)\)", PAGE) if "://" not in one]

    assert links
    assert [one for one in links if not (FOLDER / one).is_file()] == []


def test_options_names_and_numbers_are_those_of_the_code():
    """What the page calls by name is called so."""
    options = {name for parameter in command.params for name in parameter.opts}
    ours = {
        word
        for line in PAGE.splitlines()
        if "cosign" not in line and "gh attestation" not in line and "certificate" not in line
        for word in re.findall(r"(?<![\w-])--[a-z]+", line)
    }
    schema = json.loads((FOLDER / "schema" / "suture.attestation.v1.json").read_text())

    assert ours <= options
    assert PAGE.count(PREDICATE) == 2
    assert schema["properties"]["predicateType"]["const"] == PREDICATE
    assert f"{LARGEST // 1024 // 1024} MiB (patch and test up to {LARGEST_TEXT // 1024} KiB each)" in PAGE
