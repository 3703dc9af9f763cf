"""Which layer's word holds, key by key. Pure.

The repository's file, its organisation's, the operator's: the nearest to the code that sets a key decides.
Lists and `guidance` add up, what is farther away first; of two rules with one id the farther holds. A key
that a farther file has `locked` is that file's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bot.ceilings import Budget, Ceiling, lowest, passes
from bot.config import OPERATOR, REPOSITORY, Config, Placed
from bot.config.files import CONFIG_FILE, DoNotReport, SharedFile, SutureFile
from bot.config.located import Document, Place
from bot.config.own_rules import Cleaner, OwnRule
from bot.records import Policy, Remark, Severity

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's file, its sound part, and the rule files that it names."""

    who: str = REPOSITORY
    file: str = CONFIG_FILE  # for people
    asked: SutureFile = field(default_factory=SutureFile)
    keys: Mapping[str, int] = field(default_factory=dict)  # those that it sets, with their lines
    do_not_report: tuple[Placed[DoNotReport], ...] = ()
    ignore: tuple[Placed[str], ...] = ()
    rules: tuple[Placed[OwnRule], ...] = ()
    cleaners: tuple[Cleaner, ...] = ()
    problems: tuple[Remark, ...] = ()
    document: Document = field(default_factory=partial(Document, None))

    @property
    def locked(self) -> tuple[str, ...]:
        return self.asked.locked if isinstance(self.asked, SharedFile) else ()

    def at(self, place: Place, what: str) -> Remark:
        """A remark on what stands at this place of its file."""
        return Remark(self.file, self.document.line(place), what)

    def without(self, key: str, *told: Remark) -> Layer:
        """The same layer, which says nothing of this key; and why."""
        keys = {name: line for name, line in self.keys.items() if name != key}
        return replace(self, keys=keys, problems=(*self.problems, *told))

    def sets(self, key: str) -> bool:
        """Whether it says anything of the key; rules may stand in files where none is named."""
        return key in self.keys or (key == "rules" and bool(self.rules or self.cleaners))


@dataclass(frozen=True, slots=True)
class Host:
    """What the operator says and allows: a layer, the budget, and the models that others may choose."""

    layer: Layer | None = None
    budget: Budget = field(default_factory=Budget)
    models: tuple[str, ...] = ()


def merged(layers: Sequence[Layer], host: Host) -> Config:
    """What holds, of layers from the farthest to the nearest."""
    stack = _Stack(tuple(_allowed(one, host) for one in layers))
    rules = tuple(_once(stack))
    budget = _budget(stack, host.budget)
    return Config(
        guidance="\n\n".join(one.asked.guidance for one in stack.holding("guidance") if one.asked.guidance),
        do_not_report=tuple(entry for one in stack.holding("do_not_report") for entry in one.do_not_report),
        ignore=tuple(entry for one in stack.holding("ignore") for entry in one.ignore),
        rules=rules,
        cleaners=tuple(cleaner for one in stack.holding("rules") for cleaner in one.cleaners),
        policy=_policy(stack),
        fix_delivery=stack.nearest("fix_delivery").fix_delivery,
        budget=budget,
        models=stack.nearest("models").models,
        tests=stack.nearest("tests").tests,
        review_drafts=stack.nearest("review_drafts").review_drafts,
        problems=(*(told for one in reversed(stack.layers) for told in one.problems), *stack.told()),
    )


class _Stack:
    """The layers, and what is said of keys that one of them may not set."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self.problems: dict[tuple[str, int, str], Remark] = {}

    def holding(self, key: str) -> list[Layer]:
        """The layers whose word on the key holds, the farthest first."""
        lock: Layer | None = None
        held = []
        for one in self.layers:
            if not one.sets(key):
                pass
            elif lock is None:
                held.append(one)
            else:
                what = f"`{key}` is locked by {lock.who} ({lock.file}); what is said of it here is ignored."
                self.tell(Remark(one.file, one.keys.get(key, 0), what))
            lock = lock or (one if key in one.locked else None)
        return held

    def nearest(self, key: str) -> SutureFile:
        """The file that decides on the key; one that says nothing where none does."""
        held = self.holding(key)
        return held[-1].asked if held else SutureFile()

    def tell(self, told: Remark) -> None:
        self.problems[told.path, told.line, told.what] = told

    def told(self) -> tuple[Remark, ...]:
        return tuple(sorted(self.problems.values(), key=lambda one: (one.path, one.line)))


def _policy(stack: _Stack) -> Policy:
    fails = stack.nearest("fail_from").fail_from
    return Policy(
        comment_from=stack.nearest("comment_from").comment_from,
        fail_from=None if fails == "never" else Severity(fails),
        inline_comments=stack.nearest("inline_comments").inline_comments,
    )


def _allowed(layer: Layer, host: Host) -> Layer:
    """The layer without models that the operator does not let others choose."""
    if layer.who == OPERATOR or not layer.sets("models"):
        return layer
    if not host.models:
        what = "The operator lets nobody choose models (SUTURE_MODELS_ALLOWED); `models` is ignored."
        return layer.without("models", layer.at(("models",), what))
    known = ", ".join(f"`{one}`" for one in host.models)
    told = [
        layer.at(("models", stage), f"`{name}` is not among the allowed {known}; `models` is ignored.")
        for stage, name in layer.asked.models.named.items()
        if name not in host.models
    ]
    return layer.without("models", *told) if told else layer


def _budget(stack: _Stack, allowed: Budget) -> Placed[Budget] | None:
    """What the operator allows, lowered by each layer in turn; None where none lowers it."""
    budget, by = allowed, []
    for one in stack.holding("budget"):
        before = budget
        for name, wanted in one.asked.budget.ceilings.items():
            most: Ceiling = getattr(before, name)
            if passes(wanted, most):
                what = f"`{name}` can only lower what holds already ({most}); the lower holds."
                stack.tell(one.at(("budget", name), what))
            budget = replace(budget, **{name: lowest(most, wanted)})
        by += [one.file] if budget != before else []
    return Placed(budget, " or ".join(by), 0) if by else None


def _once(stack: _Stack) -> Iterator[Placed[OwnRule]]:
    """The rules of all layers, each id once and at most 200."""
    seen: dict[str, Placed[OwnRule]] = {}
    for placed in (one for layer in stack.holding("rules") for one in layer.rules):
        known = seen.get(placed.entry.id)
        if known is not None:
            first = f"{known.path} line {known.line}"
            what = f"The rule `{placed.entry.id}` stands in {first} already; this one is ignored."
        elif len(seen) == MOST_RULES:
            what = f"More than {MOST_RULES} rules: this one is ignored."
        else:
            seen[placed.entry.id] = placed
            yield placed
            continue
        stack.tell(Remark(placed.path, placed.line, what))
