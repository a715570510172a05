"""What hooks may return, checked value by value: nonsense is found when a site is opened, not when it is needed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Offered = TypeVar("Offered")


class Nonsense(Exception):
    """A hook returned something that its specification does not allow; the text says what."""


def named(result: object, thing: str, check: Callable[[str, Any], Offered]) -> dict[str, Offered]:
    """A mapping of names to what a hook offers; ``check`` gets ``flow 'NAME'`` and the value of each entry."""
    if not isinstance(result, Mapping):
        raise Nonsense(f"must return a mapping of {thing} names, not {type(result).__name__}")
    checked: dict[str, Offered] = {}
    for name, value in result.items():
        if not isinstance(name, str) or not name.strip():
            raise Nonsense(f"a {thing} name must be text, not {name!r}")
        checked[name.strip()] = check(f"{thing} {name!r}", value)
    return checked


def listed(result: object, thing: str, check: Callable[[str, Any], Offered]) -> list[Offered]:
    """A sequence of what a hook offers, checked one by one."""
    if isinstance(result, str | bytes) or not isinstance(result, Sequence):
        raise Nonsense(f"must return a sequence of {thing}s, not {type(result).__name__}")
    return [check(thing, value) for value in result]


def folders(result: object) -> list[Path]:
    """A sequence of folders that are there."""
    if isinstance(result, str | bytes) or not isinstance(result, Sequence):
        raise Nonsense(f"must return a sequence of paths, not {type(result).__name__}")
    for folder in result:
        if not isinstance(folder, Path):
            raise Nonsense(f"must return pathlib.Path values, not {folder!r}")
        if not folder.is_dir():
            raise Nonsense(f"{folder} is not a folder")
    return list(result)


def takes(*arguments: str) -> Callable[[str, Any], Any]:
    """A check: a plain function, or callable object, that can be called with these arguments by position."""
    words = {1: "one argument", 2: "two arguments"}

    def check(what: str, value: Any) -> Any:
        a_function(what, value)
        signature = _signature(value)
        if signature is not None:
            try:
                signature.bind(*(None for _ in arguments))
            except TypeError as error:
                raise Nonsense(
                    f"{what} must be callable with {words[len(arguments)]}, {' and '.join(arguments)}: "
                    f"it takes {signature}"
                ) from error
        return value

    return check


def a_function(what: str, value: Any) -> Any:
    """A check: something that can be called and answers at once."""
    if not callable(value):
        raise Nonsense(f"{what} must be callable, not {type(value).__name__}")
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(type(value), "__call__", None)):  # noqa: B004
        raise Nonsense(f"{what} is a coroutine function: nothing here awaits it")
    return value


def a_cell_function(what: str, value: Any) -> Any:
    """A check: a function whose parameters have names, so that a cell can call it by position or by name."""
    a_function(what, value)
    signature = _signature(value)
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if signature is None or any(one.kind not in plain for one in signature.parameters.values()):
        raise Nonsense(f"{what} must take named parameters, without *args, **kwargs and keyword-only ones")
    return value


def an_object(kind: type, *methods: str) -> Callable[[str, Any], Any]:
    """A check: an object of ``kind`` or, with ``methods``, any object that has them."""

    def check(what: str, value: Any) -> Any:
        if methods:
            for method in methods:
                if not callable(getattr(value, method, None)):
                    raise Nonsense(f"{what} needs a method {method}(), see forewarn.plugins.api.{kind.__name__}")
        elif not isinstance(value, kind):
            raise Nonsense(f"{what} must be a {kind.__name__}, not {type(value).__name__}")
        return value

    return check


def _signature(value: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(value)
    except ValueError:  # some callables written in C do not tell
        return None


def a_check(what: str, value: Any) -> Any:
    """A check of tables, under a code that is not one of ours."""
    code = what.partition(" ")[2].strip("'")
    if not re.fullmatch(r"[A-Z]+[0-9]+", code) or code.startswith("FW"):
        raise Nonsense(f"{what} is not a code: capital letters other than FW, then digits, such as ACME01")
    return takes("the CheckedTable")(what, value)
