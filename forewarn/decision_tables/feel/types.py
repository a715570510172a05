"""FEEL types: what ``instance of`` asks and what a typed parameter, input or decision accepts (DMN 1.5 §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, Range, kind_of
from forewarn.decision_tables.values import Kind, Type


@dataclass(frozen=True, slots=True)
class Basic:
    """A built-in type by its FEEL name; ``Any`` takes everything, ``range`` and ``function`` any of their kind."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """``list<T>``."""

    item: FeelType


@dataclass(frozen=True, slots=True)
class RangeOf:
    """``range<T>``."""

    item: FeelType


@dataclass(frozen=True, slots=True)
class ContextOf:
    """``context<a: T, …>``; other entries may stand beside."""

    members: tuple[tuple[str, FeelType], ...]


@dataclass(frozen=True, slots=True)
class FunctionOf:
    """``function<T, …> -> R``."""

    parameters: tuple[FeelType, ...]
    result: FeelType


@dataclass(frozen=True, slots=True)
class Constrained:
    """A type with allowed values; ``text`` is the constraint as written, ``allows`` tells whether a value meets it."""

    base: FeelType
    text: str
    allows: Callable[[FeelValue], bool]


FeelType: TypeAlias = Basic | ListOf | RangeOf | ContextOf | FunctionOf | Constrained

ANY = Basic("Any")
NULL = Basic("null")

SPELLINGS = {
    "any": "Any",
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "datetime": "date and time",
    "days and time duration": "days and time duration",
    "daytimeduration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearmonthduration": "years and months duration",
    "null": "null",
    "context": "context",
    "list": "list",
    "function": "function",
    "range": "range",
}
"""The names of the built-in types, the spellings of DMN 1.1 included, in lower case."""


def basic(name: str) -> Basic | None:
    """The built-in type of that name, or ``None``."""
    known = SPELLINGS.get(" ".join(name.split()).lower())
    return None if known is None else Basic(known)


def conforms(value: FeelValue, wanted: FeelType) -> bool:
    """Whether a value is an instance of a type. Null is an instance of ``null`` and of ``Any`` alone."""
    match wanted:
        case Basic(name):
            return name == "Any" or kind_of(value) == name
        case ListOf(item):
            return isinstance(value, tuple) and all(one is None or conforms(one, item) for one in value)
        case RangeOf(item):
            return isinstance(value, Range) and all(
                end is None or conforms(end, item) for end in (value.low, value.high)
            )
        case ContextOf(members):
            return isinstance(value, Mapping) and all(
                name in value and (value[name] is None or conforms(value[name], member)) for name, member in members
            )
        case FunctionOf(parameters, _):
            return isinstance(value, Function) and any(len(form) == len(parameters) for form in value.forms)
        case Constrained(base, _, allows):
            return conforms(value, base) and allows(value)


def coerce(value: FeelValue, wanted: FeelType) -> FeelValue:
    """A value as the type asks for it: a list of one and its element, and a date as midnight, convert.

    Null fits every type. Raises `FeelError` for a value that does not fit (DMN 1.5 §10.3.2.9.4).
    """
    if value is None or conforms(value, wanted):
        return value
    if isinstance(wanted, Constrained) and not conforms(value, wanted.base):
        return coerce(coerce(value, wanted.base), wanted)
    if isinstance(wanted, ListOf):
        if not isinstance(value, tuple):
            return (coerce(value, wanted.item),)
        return tuple(coerce(item, wanted.item) for item in value)
    if isinstance(value, tuple) and len(value) == 1:
        return coerce(value[0], wanted)
    if isinstance(wanted, ContextOf) and isinstance(value, Mapping):
        # A member that is not there is null.
        members = dict(wanted.members)
        every = {**dict.fromkeys(members), **value}
        return {key: coerce(item, members[key]) if key in members else item for key, item in every.items()}
    if wanted == Basic("date and time") and kind_of(value) == "date":
        assert isinstance(value, date)  # noqa: S101 - kind_of says so
        return datetime.combine(value, time(), tzinfo=UTC)
    raise FeelError(f"{kind_of(value)} is not {describe(wanted)}")


def describe(wanted: FeelType) -> str:
    """The type as FEEL writes it."""
    match wanted:
        case Basic(name):
            return name
        case ListOf(item):
            return f"list<{describe(item)}>"
        case RangeOf(item):
            return f"range<{describe(item)}>"
        case ContextOf(members):
            return f"context<{', '.join(f'{name}: {describe(member)}' for name, member in members)}>"
        case FunctionOf(parameters, result):
            return f"function<{', '.join(map(describe, parameters))}> -> {describe(result)}"
        case Constrained(base, text, _):
            return f"{describe(base)} ({text})"


def cell_type(wanted: FeelType) -> Type:
    """The type of a table's column that holds values of this type; ``Any`` where cells have no closer one."""
    match wanted:
        case Constrained(base, _, _):
            return cell_type(base)
        case ListOf(item):
            return Type(cell_type(item).kind, is_list=True)
        case Basic(name) if name in _KINDS:
            return Type(_KINDS[name])
        case _:
            return Type(Kind.ANY)


_KINDS = {kind.value: kind for kind in Kind}
