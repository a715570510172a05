"""Functions that a caller adds to the language, for the expressions that are parsed while they are added.

An expression keeps the functions that it was parsed with: nothing is looked up when it is evaluated.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from forewarn.decision_tables.feel.lexing import Names, normal_name
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, kind_of, lift


@dataclass(frozen=True, slots=True)
class Added:
    """The functions that are added, and their names as the parser finds them."""

    functions: Mapping[str, Function]
    names: Names


_added: ContextVar[Added | None] = ContextVar("added", default=None)


def added() -> Added | None:
    """What is added now."""
    return _added.get()


@contextmanager
def added_functions(functions: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Know these functions by their names, spaces included, in what is parsed within the block.

    Each is called with the values of its arguments and answers with one; whatever it raises is a fault of the
    expression. A function must be pure. Names of the language itself, and of columns, stay what they are.
    """
    known = {normal_name(name): _function(name, function) for name, function in functions.items()}
    token = _added.set(Added(known, Names(known)))
    try:
        yield
    finally:
        _added.reset(token)


def _function(name: str, function: Callable[..., Any]) -> Function:
    parameters = inspect.signature(function).parameters.values()
    needed = [one for one in parameters if one.default is inspect.Parameter.empty]
    form = tuple(one.name for one in parameters)

    def call(*arguments: FeelValue) -> FeelValue:
        try:
            value = lift(function(*arguments))
        except Exception as error:
            # A function is not ours: whatever it raises, the decision says which one did.
            raise FeelError(f"the function {name!r} failed: {type(error).__name__}: {error}") from error
        if not _is_value(value):
            raise FeelError(f"the function {name!r} answered {kind_of(value)}, which is no value of a cell")
        return value

    return Function(name, tuple(form[:length] for length in range(len(needed), len(form) + 1)), call)


def _is_value(value: FeelValue) -> bool:
    if isinstance(value, tuple):
        return all(_is_value(item) for item in value)
    return value is None or isinstance(value, bool | str | Decimal | date | timedelta)
