"""A document against its model: what is sound holds, what is not is told with its line and left out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import partial
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.ceilings import Budget
from bot.config.forms import words_of
from bot.config.located import Document, Place
from bot.records import Remark
from bot.settings import Settings

M = TypeVar("M", bound=BaseModel)
MOST_PROBLEMS = 20  # of one file that are told one by one
OPERATORS = frozenset(one.name for one in (*fields(Settings), *fields(Budget)))  # no file sets these


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """The sound part of a file. `lines` are those of the entries that were kept of each list, in order;
    `keys` are those that are sound, each with its line.
    """

    value: M
    lines: dict[str, tuple[int, ...]]
    keys: dict[str, int] = field(default_factory=dict)
    problems: tuple[Remark, ...] = ()
    document: Document = field(default_factory=partial(Document, None))


def check(model: type[M], document: Document, path: str) -> Checked[M]:
    """An entry of a list falls alone; anything else that is wrong takes its whole key with it."""
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        what = "The file has to be made of keys with values; nothing of it holds."
        return Checked(model(), {}, {}, (Remark(path, document.line(()), what),))
    faults: list[ErrorDetails] = []
    try:
        model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    fallen = {_part(data, fault["loc"]) for fault in faults}
    sound: dict[str, Any] = {}
    lines: dict[str, tuple[int, ...]] = {}
    for key, value in data.items():
        if (key,) in fallen:
            continue
        sound[key] = value
        if isinstance(value, list):
            kept = [number for number in range(len(value)) if (key, number) not in fallen]
            sound[key] = [value[number] for number in kept]
            lines[key] = tuple(document.line((key, number)) for number in kept)
    told = [Remark(path, document.line(fault["loc"]), _told(model, fault, data)) for fault in faults]
    in_order = sorted(told, key=lambda one: one.line)
    keys = {key: document.line((key,)) for key in sound}
    return Checked(model.model_validate(sound), lines, keys, _bounded(in_order), document)


def _part(data: dict[str, Any], place: Place) -> Place:
    """The key, or the entry of its list, that falls for a fault at this place."""
    is_entry = len(place) > 1 and isinstance(data.get(str(place[0])), list)
    return place[:2] if is_entry else place[:1]


def _told(model: type[BaseModel], fault: ErrorDetails, data: dict[str, Any]) -> str:
    names = [f"`{one}`" for one in fault["loc"] if isinstance(one, str) and one != "[key]"]
    name = names[-1] if names else "The file"
    falls = "this entry is" if len(_part(data, fault["loc"])) > 1 else f"{names[0] if names else 'it'} is"
    return f"{name} {_why(model, fault)}; {falls} ignored."


def _why(model: type[BaseModel], fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            return _why_unknown(str(fault["loc"][-1]), _keys_at(model, fault["loc"][:-1]))
        case "missing":
            return "is missing"
        case "value_error":
            return f"is not right: {context['error']}"
        case "string_pattern_mismatch":
            return f"has to be {words_of(context['pattern'])}"
        case "too_long" | "too_short":
            most = context.get("max_length", context.get("min_length"))
            return f"has to have {'at most' if 'max_length' in context else 'at least'} {most} entries"
    message = fault["msg"]
    return f"is not right: {message[:1].lower()}{message[1:]}"


def _why_unknown(name: str, known: list[str]) -> str:
    if name in OPERATORS - set(known):
        return "is for the operator alone to set, in the environment"
    if name == "locked":
        return "is for an organisation's or the operator's file"
    near = get_close_matches(name, known, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    return f"is not known here ({hint})"


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that are known at a place: its model is found in the annotations on the way."""
    for step in place:
        if isinstance(step, str):
            found = model.model_fields.get(step)
            models = _models(found.annotation) if found else []
            if not models:
                return []
            model = models[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for inner in get_args(annotation) for one in _models(inner)]


def _bounded(told: list[Remark]) -> tuple[Remark, ...]:
    rest = told[MOST_PROBLEMS:]
    if not rest:
        return tuple(told)
    more = Remark(rest[0].path, rest[0].line, f"From here on {len(rest)} more things are wrong.")
    return (*told[:MOST_PROBLEMS], more)
