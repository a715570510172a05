"""The language of messages: Jinja2 cut down to what a letter needs, so that nothing in it reaches or holds the machine.

A dot means a field of a record and nothing of Python; filters and tests come from a short list; no value on the
way may grow beyond a bound, and the turns of all loops of a rendering are drawn from one budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from forewarn.plugins.api import RecordView

MOST_TURNS = 100_000
LONGEST_OUTPUT = 1_000_000
LONGEST_NUMBER = 100  # digits; 1E+999999999 written out would fill the memory
LONGEST_RENDERING = timedelta(seconds=5)

BUDGET = "_budget"
"""Under this name a rendering finds its `Budget`; a message cannot write names that start with an underscore."""
BOUNDED = "_bounded"
"""The filter that every loop's values go through."""

_ALLOWED_TESTS = (
    "defined", "undefined", "none", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "in", "string", "number", "true",
    "false", "even", "odd",
)  # fmt: skip
_PLAIN_FILTERS = (
    "abs", "capitalize", "count", "first", "int", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "reverse", "round", "select", "selectattr", "sort", "string", "title", "trim", "truncate", "unique",
    "upper",
)  # fmt: skip


class TooMuch(Exception):
    """A rendering went over one of its bounds."""


@dataclass(slots=True)
class Budget:
    """What one rendering may still use."""

    turns: int = MOST_TURNS
    ends: float = field(default_factory=lambda: time.monotonic() + LONGEST_RENDERING.total_seconds())

    def turn(self) -> None:
        """Take one turn of a loop."""
        self.turns -= 1
        if self.turns < 0:
            raise TooMuch(f"its loops take more than {MOST_TURNS} turns")
        self.check_time()

    def check_time(self) -> None:
        """Stop a rendering that takes too long."""
        if time.monotonic() > self.ends:
            raise TooMuch(f"it takes longer than {LONGEST_RENDERING.total_seconds():.0f} s")


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2 in which a dot means a field of a record and nothing else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of a record; the counters of ``loop``; anything else is undefined."""
        if isinstance(obj, Mapping):
            if attribute in obj:
                return obj[attribute]
            if isinstance(obj, RecordView) and attribute == "number":
                return obj.number
        elif isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        elif isinstance(obj, Undefined):
            return obj  # so that `default` may still stand in for it
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A field of a record, or an item of a list by its position."""
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined(obj=obj, name=str(argument))
        return self.getattr(obj, argument) if isinstance(argument, str) else self.undefined(obj=obj, name=str(argument))


def _shown(value: Any) -> Any:
    """A value as a person reads it: nothing for null, times in UTC, no exponents."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < LONGEST_NUMBER else str(value)
    if isinstance(value, datetime):
        return (
            value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if value.tzinfo else value.strftime("%Y-%m-%d %H:%M")
        )
    if isinstance(value, list | tuple):
        return _join(value, ", ")
    if isinstance(value, str | int | float | date | time_of_day | timedelta | Undefined):
        return value
    raise SecurityError(f"{type(value).__name__} cannot be written out, name one of its fields")


def _default(value: Any, fallback: Any = "") -> Any:
    """``fallback`` where the field is unknown, null or empty: in records, a field without a value is one of these."""
    return fallback if isinstance(value, Undefined) or value is None or value == "" else value


def within_length(length: int) -> None:
    """Stop a value that grows beyond `LONGEST_OUTPUT` characters."""
    if length > LONGEST_OUTPUT:
        raise TooMuch(f"it makes a text of more than {LONGEST_OUTPUT} characters")


def _join(values: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    """The values as one text."""
    if isinstance(values, Undefined):
        return str(values)
    parts: list[str] = []
    length = 0
    for value in values:
        chosen = value if attribute is None else ENVIRONMENT.getattr(value, attribute)
        parts.append(str(_shown(chosen)))
        length += len(parts[-1]) + len(str(separator))
        within_length(length)
    return str(separator).join(parts)


def _replace(text: Any, old: str, new: str) -> str:
    """``text`` with every ``old`` replaced."""
    whole, old, new = str(text), str(old), str(new)
    within_length(len(whole) + whole.count(old) * len(new))
    return whole.replace(old, new)


def _indent(text: Any, width: int = 4) -> str:
    """Every line but the first moved to the right."""
    lines = str(text).split("\n")
    within_length(len(str(text)) + len(lines) * abs(int(width)))
    return ("\n" + " " * int(width)).join(lines)


def _date(value: Any, form: str = "%Y-%m-%d") -> str:
    """A date or time in a form of ``strftime``."""
    if isinstance(value, Undefined):
        return str(value)
    if value is None:
        return ""
    if not isinstance(value, date | time_of_day):
        raise SecurityError(f"{value!r:.60} is not a date")
    written: str = value.strftime(str(form)[:100])
    return written


def _money(value: Any) -> str:
    """An amount with two places and thousands parted by commas."""
    if isinstance(value, Undefined):
        return str(value)
    if value is None:
        return ""
    amount = Decimal(value)
    return f"{amount:,.2f}" if abs(amount.adjusted()) < LONGEST_NUMBER else str(amount)


@pass_context
def _bounded(context: Context, values: Any) -> Iterator[Any]:
    """The turns of a loop, each drawn from the budget of the rendering."""
    budget: Budget = context[BUDGET]
    for value in () if values is None else values:
        budget.turn()
        yield value


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    own: dict[str, Callable[..., Any]] = {
        "default": _default,
        "join": _join,
        "replace": _replace,
        "indent": _indent,
        "date": _date,
        "money": _money,
        BOUNDED: _bounded,
    }
    environment.filters = {name: FILTERS[name] for name in _PLAIN_FILTERS} | own
    environment.tests = {name: TESTS[name] for name in _ALLOWED_TESTS}
    environment.globals = {}
    return environment


ENVIRONMENT = _environment()
