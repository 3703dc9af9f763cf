"""The tables that a statement needs, made up from its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAME = r"[A-Za-z_]\w*"
NO_ALIAS = "WHERE|SET|JOIN|ON|ORDER|GROUP|LIMIT|VALUES|INNER|LEFT|RIGHT|CROSS|HAVING|UNION|USING"
TABLE = re.compile(
    rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+[\"`\[]?({NAME})[\"`\]]?(?:\s+(?:AS\s+)?(?!(?:{NO_ALIAS})\b)({NAME}))?",
    re.IGNORECASE,
)
WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        select from where and or not in is null like ilike order by group having limit offset asc desc
        insert into values update set delete join inner left right outer cross on as distinct case when
        then else end between exists union all count sum min max avg lower upper coalesce trim length
        returning with replace ignore conflict do nothing using glob current_timestamp current_date
        date datetime true false escape collate nocase cast text integer
        """,
    )
)


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns by table, and the column that each value of the statement is compared with or stored in."""

    tables: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...]  # for each hole, "" when unknown
    fixed: Mapping[str, str]  # column → SQL literal that the statement compares it with
    verb: str  # SELECT, INSERT, …


def read_schema(text: str, extra: Iterable[str] = ()) -> Schema | None:
    """The schema behind a statement with a NUL for each value; None when it has no plain table."""
    verb = (re.match(r"\s*(\w+)", text) or [""])[0].strip().upper()
    aliases: dict[str, str] = {}
    tables: dict[str, list[str]] = {}
    for table, alias in TABLE.findall(text):
        tables.setdefault(table, [])
        aliases[alias.lower()] = aliases[table.lower()] = table
    if not tables:
        return None
    first = next(iter(tables))
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", " ", text)
    bare = re.sub(rf"\bAS\s+{NAME}", " ", bare, flags=re.IGNORECASE)
    for owner, name in re.findall(rf"(?:\b({NAME})\.)?\b({NAME})\b(?!\s*\.)", bare):
        if name.lower() in WORDS or name.lower() in aliases:
            continue
        table = aliases.get(owner.lower(), first)
        if name not in tables[table]:
            tables[table].append(name)
    for name in extra:
        if not any(name in columns for columns in tables.values()):
            tables[first].append(name)
    if not any(tables.values()) or "*" in text.partition("FROM")[0]:
        tables[first] += [name for name in ("id", "name") if name not in tables[first]]
    fixed = dict(re.findall(rf"({NAME})\s*=\s*('[\w .@\-]*'|\d+)", text))
    shape = {table: tuple(columns or ["id"]) for table, columns in tables.items()}
    return Schema(shape, _columns(text, verb), fixed, verb)


def _columns(text: str, verb: str) -> tuple[str, ...]:
    if verb in {"INSERT", "REPLACE"}:
        match = re.search(r"\(([^()]*)\)\s*VALUES\s*\((.*)\)", text, re.IGNORECASE | re.DOTALL)
        if match:
            names = [re.sub(r"\W", "", one) for one in match[1].split(",")]
            places = [place for place, value in enumerate(match[2].split(",")) if "\0" in value]
            return tuple(names[place] if place < len(names) else "" for place in places)
    found = []
    for hole in re.finditer("\0", text):
        before = re.findall(
            rf"({NAME})\W*(?:=|<|>|LIKE|ILIKE|IN)\s*[\w(]*\s*['\"]?[^'\"=]*$", text[: hole.start()]
        )
        names = [name for name in before if name.lower() not in WORDS]
        found.append(names[-1] if names else "")
    return tuple(found)
