import json


def save_report(directory, name, rows):
    """Write rows as JSON below the directory."""
    target = f"{directory}/{name}.json"
    with open(target, "w") as handle:
        json.dump(rows, handle)
    return target
