import json
from pathlib import Path


def save_report(directory, name, rows):
    """Write rows as JSON below the directory."""
    target = f"{directory}/{name}.json"
    if not Path(target).resolve().is_relative_to(Path(directory).resolve()):
        raise ValueError("bad report name")
    with open(target, "w") as handle:
        json.dump(rows, handle)
    return target
