from __future__ import annotations

import ast


def read_rows(lines: list[str]) -> list[dict]:
    """One dictionary literal a line."""
    rows = []
    for line in lines:
        rows.append(ast.literal_eval(line))
    return rows


def read_row(line: str) -> dict:
    row = ast.literal_eval(line.strip())
    return {"id": row["id"], "name": row["name"]}
