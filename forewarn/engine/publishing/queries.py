"""The queries of a topic: which events it takes, by fields of an event's header or content.

    query = [ term *( "&" term ) ]            all terms must hold; the empty query takes everything
    term  = path "=" value *( "," value )     one of the values must be there
    path  = name *( "." name )                into objects, and into each element of lists

``%`` and two hexadecimal digits stand for a byte of UTF-8, so ``%26``, ``%2C``, ``%2E``, ``%3D`` and ``%25`` for
``&``, ``,``, ``.``, ``=`` and ``%`` themselves. Blanks around names and values do not count. Text is compared as it
is, a number as a number, and the words ``true``, ``false`` and ``null`` also stand for those values of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from forewarn.errors import BadRecord

_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: a value at ``path`` is one of ``values``."""

    path: tuple[str, ...]
    values: tuple[str, ...]

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Whether it holds of a document."""
        return any(_equal(found, value) for found in _at(document, self.path) for value in self.values)


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    terms: tuple[Term, ...] = ()

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Whether every term holds of a document."""
        return all(term.holds(document) for term in self.terms)


@lru_cache(maxsize=4096)
def read_query(text: str, name: str = "query") -> Query:
    """Read a query; raises `BadRecord` with the position of what is wrong, counted from 1. ``name`` is what it is."""
    if not text.strip():
        return Query()
    terms, start = [], 0
    for written in text.split("&"):
        terms.append(_Reader(text, name).term(written, start))
        start += len(written) + 1
    return Query(tuple(terms))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the terms of one text."""

    text: str
    name: str

    def fault(self, at: int, problem: str, hint: str) -> BadRecord:
        return BadRecord(f"{self.name} {self.text!r}, character {at + 1}: {problem}", hint=hint)

    def term(self, written: str, start: int) -> Term:
        """A term that begins at ``start``."""
        if not written.strip():
            raise self.fault(start, "a term is missing", "write name=value, and & only between terms")
        path, equals, values = written.partition("=")
        if not equals:
            name, at = path.strip(), start + len(written.rstrip())
            raise self.fault(at, f"'=' is missing after {name!r}", f"write {name}=value")
        after = start + len(path) + 1
        if "=" in values:
            raise self.fault(after + values.index("="), "a second '='", "write %3D for one that is part of a value")
        return Term(
            tuple(self._parts(path, ".", start, "a name")),
            tuple(self._parts(values, ",", after, "a value")),
        )

    def _parts(self, written: str, separator: str, start: int, what: str) -> Iterator[str]:
        for part in written.split(separator):
            if not part.strip():
                raise self.fault(start, f"{what} is missing", f"nothing may be empty around {separator!r} and '='")
            wrong = _ESCAPE.search(part)
            if wrong is not None:
                raise self.fault(start + wrong.start(), "'%' without two hexadecimal digits", "write %25 for % itself")
            try:
                yield unquote_to_bytes(part.strip()).decode("utf-8")
            except UnicodeDecodeError:
                raise self.fault(start, "this is no UTF-8", "write characters as they are") from None
            start += len(part) + 1


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path; those of every element, where a list is on the way or at the end."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _at(one, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _equal(found: Any, value: str) -> bool:
    if found is None:
        return value == "null"
    if isinstance(found, bool):
        return value == ("true" if found else "false")
    if isinstance(found, int | float | Decimal):
        try:
            return Decimal(value) == Decimal(str(found))
        except InvalidOperation:
            return False
    return isinstance(found, str) and found == value
