"""How a built-in function is declared, and how its arguments are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, kind_of

T = TypeVar("T")
Body = Callable[..., FeelValue]


def builtin(
    functions: dict[str, Function],
    name: str,
    *forms: tuple[str, ...],
    variadic: bool = False,
    nulls: bool = False,
) -> Callable[[Body], Body]:
    """Enter a function under its FEEL name, with the parameter names of each form (DMN 1.5 §10.3.4).

    ``nulls`` functions are called with null arguments; for the others a null argument gives null.
    """

    def enter(body: Body) -> Body:
        def guarded(*arguments: FeelValue) -> FeelValue:
            return None if any(argument is None for argument in arguments) else body(*arguments)

        functions[name] = Function(name, forms, body if nulls else guarded, variadic=variadic)
        return body

    return enter


def argument(value: FeelValue, wanted: type[T] | tuple[type[T], ...], word: str) -> T:
    """An argument of the wanted type; a list of one stands for its element. Raises `FeelError`."""
    if (
        isinstance(value, tuple)
        and len(value) == 1
        and tuple not in (wanted if isinstance(wanted, tuple) else (wanted,))
    ):
        value = value[0]
    if isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool):
        return value
    raise FeelError(f"{kind_of(value)} where {word} is meant")


def text(value: FeelValue) -> str:
    """A string argument."""
    return argument(value, str, "a string")


def items(value: FeelValue) -> tuple[FeelValue, ...]:
    """A list argument; a single value is a list of one."""
    return value if isinstance(value, tuple) else (value,)


def context(value: FeelValue) -> Mapping[str, FeelValue]:
    """A context argument."""
    return argument(value, Mapping, "a context")


def function(value: FeelValue) -> Function:
    """A function argument."""
    return argument(value, Function, "a function")


def spread(arguments: tuple[FeelValue, ...]) -> tuple[FeelValue, ...]:
    """The items of ``f(list)`` or of ``f(a, b, …)``."""
    if len(arguments) == 1:
        return () if arguments[0] is None else items(arguments[0])
    return arguments
