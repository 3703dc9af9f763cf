"""What the keys of all files are made of: names, patterns, texts of a bounded length."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.ceilings import Ceiling, read_ceiling
from bot.config.globs import why_not
from bot.errors import SettingsError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_AMOUNT = r"([0-9]+(\.[0-9]+)?[kM]? (in|out)|\$[0-9]+(\.[0-9]+)?)"
# What decides how programs are found and loaded, and what a run of tests means
_TAKEN = re.compile(
    r"(PATH|HOME|PWD|TMPDIR|TEMP|TMP|TZ|TZDIR|ENV|IFS|SHELL|SHELLOPTS|NODE_OPTIONS)$"
    r"|(LD_|DYLD_|PYTHON|PYTEST|SUTURE|GLIBC_|MALLOC_|GCONV_|BASH|COV_|GIT_)",
    re.IGNORECASE,
)
_FORMS = {
    "cwe": (r"^CWE-[1-9][0-9]{0,4}$", "written like `CWE-89`"),
    "id": (r"^[a-z0-9]+(-[a-z0-9]+)*$", "small letters, digits and single hyphens, like `raw-sql`"),
    "call": (rf"^(\*\.)?{_NAME}(\.{_NAME})*$", "a dotted name like `acme.db.run_raw`, or `*.run_raw`"),
    "ceiling": (rf"^{_AMOUNT}(, *{_AMOUNT}){{0,2}}$", "written like `100k in, 20k out, $2`"),
    "model": (r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$", "the name of a model"),
    "variable": (rf"^{_NAME}$", "the name of a variable"),
    "package": (
        r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._, -]+\])?"
        r"( *(===|==|~=|!=|<=|>=|<|>) *[A-Za-z0-9.*+!_-]+ *,?)*$",
        "a package with or without versions, like `acme[web]>=2,<3`",
    ),
    "minor": (r"^3\.[0-9]{1,2}$", "a version of Python, like `3.12`"),
    "keyword": (rf"^{_NAME}$", "the name of a parameter"),
}


def words_of(pattern: str) -> str:
    """What a form's pattern asks for, for people."""
    return next((words for known, words in _FORMS.values() if known == pattern), pattern)


def form(name: str, longest: int, about: str) -> Any:
    """A field of this form; `about` is for people."""
    return Field(min_length=1, max_length=longest, pattern=_FORMS[name][0], description=about)


def text(longest: int, about: str) -> Any:
    """A field for words that are not empty; `about` is for people."""
    return Field(min_length=1, max_length=longest, description=about)


def _callable(name: str) -> str:
    if any(keyword.iskeyword(part) for part in name.split(".")):
        raise ValueError("is a word of the language, which nothing can be called by")
    return name


def _usable(pattern: str) -> str:
    if reason := why_not(pattern):
        raise ValueError(reason)
    return pattern


def _ceiling(text: str) -> str:
    try:
        read_ceiling("it", text, Ceiling())
    except SettingsError:
        raise ValueError("each of in, out and $ may stand in it once") from None
    return text


def _free(name: str) -> str:
    if _TAKEN.match(name):
        raise ValueError("the sandbox, Python or the test runner is steered by it")
    return name


Cwe: TypeAlias = Annotated[str, form("cwe", 9, "number of the weakness, as in `CWE-89`")]
Call: TypeAlias = Annotated[
    str,
    form("call", 200, "dotted name of what is called, as it is imported; `*.name` for a method of anything"),
    AfterValidator(_callable),
]
Glob: TypeAlias = Annotated[
    str,
    Field(max_length=200, description="path from the repository's root with `*` and `**`"),
    AfterValidator(_usable),
]
CeilingText: TypeAlias = Annotated[
    str, form("ceiling", 60, "tokens in and out, and dollars, each optional"), AfterValidator(_ceiling)
]
Model: TypeAlias = Annotated[str, form("model", 100, "a model of those that the operator allows")]
Variable: TypeAlias = Annotated[str, form("variable", 100, "name of a variable"), AfterValidator(_free)]
Package: TypeAlias = Annotated[str, form("package", 200, "a package, by name and versions")]
Some = Field(min_length=1, max_length=100)


class Part(BaseModel):
    """A mapping of a file: known keys only, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def need_one_of(part: Part, *names: str) -> None:
    """Raise ValueError for a part that sets none of these keys."""
    if not any(getattr(part, name) for name in names):
        raise ValueError(f"needs at least one of {', '.join(f'`{name}`' for name in names)}")


def says_one_of(*names: str) -> ConfigDict:
    """The same for the JSON Schema."""
    return ConfigDict(json_schema_extra={"anyOf": [{"required": [name]} for name in names]})
