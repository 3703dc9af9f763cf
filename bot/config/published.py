"""The JSON Schemas of the files, for editors: `python -m bot.config.published` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path

from bot.config.files import SharedFile, SutureFile
from bot.config.forms import Part
from bot.config.own_rules import RuleFile

FOLDER = Path(__file__).with_name("schema")
MODELS: dict[str, type[Part]] = {
    "suture.config/v1": SutureFile,
    "suture.rules/v1": RuleFile,
    "suture.shared/v1": SharedFile,
}


def schemas() -> dict[Path, str]:
    """File → the text that belongs in it."""
    return {
        FOLDER / f"{name.replace('/', '.')}.json": json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$id": name,
                **model.model_json_schema(),
            },
            indent=2,
        )
        + "\n"
        for name, model in MODELS.items()
    }


if __name__ == "__main__":
    for path, text in schemas().items():
        path.write_text(text, encoding="utf-8")
