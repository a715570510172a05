"""The one syntax tree of input and output cells, for the spreadsheet dialect and for FEEL.

Input cells are unary tests (DMN 1.5 §10.3.1.2, grammar rules 7 to 14). Both dialects parse to the classes
below; `forewarn.decision_tables.meaning` says when a test holds, the index compiles the same classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from forewarn.decision_tables.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Value


@dataclass(frozen=True, slots=True)
class PropertyRef:
    """``property.name``: a value of the Properties sheet."""

    name: str


@dataclass(frozen=True, slots=True)
class InputRef:
    """Another input of the same table, by its heading."""

    heading: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression over bound names; ``tree`` is the parsed form, ``source`` the text as written."""

    source: str
    tree: Any


Operand: TypeAlias = Literal | PropertyRef | InputRef | Expression


@dataclass(frozen=True, slots=True)
class AnyValue:
    """``-`` or blank: holds for everything, null too."""


@dataclass(frozen=True, slots=True)
class IsNull:
    """``null`` or ``empty``: holds for null alone. ``not(null)`` is ``Not((IsNull(),))``."""


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison with an operand. ``operator`` is one of ``= != < <= > >=``.

    Ordering comparisons do not hold for null, nor against a null bound. ``=`` a literal is what a bare
    value in a cell means.
    """

    operator: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Interval:
    """``[low..high]`` with each end open or closed; a null bound does not match."""

    low: Operand
    high: Operand
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """``a, b`` or ``a; b``: holds where one of the tests holds."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not(a, b)``: holds where none of the tests holds, with the contract's word on null.

    Null satisfies ``not(a)`` for equality tests, and does not satisfy ``not(< 5)`` or ``not([1..5])``:
    of an ordering, nothing is known about null.
    """

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``any of a, b`` on a list input: some element satisfies one of the tests."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """``all of a, b`` on a list input: each test is satisfied by some element; others may stand beside."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """``none of a, b`` on a list input: no element satisfies any test; does not hold for null."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean expression: an ``If expression`` cell, or a FEEL unary test that is an expression with ``?``."""

    expression: Expression


Test: TypeAlias = AnyValue | IsNull | Compare | Interval | OneOf | Not | AnyOf | AllOf | NoneOf | Condition
