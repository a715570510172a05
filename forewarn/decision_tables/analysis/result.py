"""What the analysis of one table found, as values; `findings` says it in the owner's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from forewarn.decision_tables.analysis.regions import Undecided
from forewarn.decision_tables.model import TableModel

Witness: TypeAlias = Mapping[str, Any]
"""An input by heading, and under ``at`` the effective time where the table has one: what `Table.decide` takes."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Inputs that no rule takes: what each heading may be, as one would type it into a cell, and one of them.

    ``classes`` are the numbers of the classes of each dimension: the gap is every combination of them.
    """

    cells: Mapping[str, str]
    witness: Witness
    classes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules, by position, that take the same input, and whether their outputs differ."""

    first: int
    second: int
    witness: Witness
    differ: bool


@dataclass(frozen=True, slots=True)
class Hidden:
    """A rule whose every input other rules take: ``by`` are rules that do it together, one where one suffices.

    Under First and Priority a *shadowed* rule never decides; a *redundant* one may be deleted without changing any
    answer (under Any too). ``witness`` is one of the rule's inputs.
    """

    rule: int
    by: tuple[int, ...]
    witness: Witness


@dataclass(frozen=True, slots=True)
class Mergeable:
    """Rules, by position, that differ in ``heading`` alone; ``cell`` is what one rule for all would say there."""

    rules: tuple[int, ...]
    heading: str
    cell: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A cell whose test every possible input passes (``always``), or none does."""

    rule: int
    heading: str
    always: bool


@dataclass(frozen=True, slots=True)
class Unused:
    """An allowed value of a column that no rule takes, or gives."""

    heading: str
    value: Any
    output: bool


@dataclass(frozen=True, slots=True)
class OpenText:
    """A text column without listed values whose rules take named texts alone; the witness has another text."""

    heading: str
    witness: Witness


@dataclass(frozen=True, slots=True)
class Cap:
    """Something that was not looked at to the end: what, the limit that was reached, and rules left undecided.

    ``found`` is how many there are in all, where that is known.
    """

    what: str
    limit: int
    found: int | None = None
    rules: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that was found in one table; rules are positions in ``model.rules``.

    ``caps`` says of each search that stopped at a limit what it left out; without an entry a search is complete.
    ``undecided`` says which rules were left out of which column's account, and why.
    """

    model: TableModel
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    shadowed: tuple[Hidden, ...] = ()
    redundant: tuple[Hidden, ...] = ()
    duplicates: tuple[tuple[int, int], ...] = ()
    mergeable: tuple[Mergeable, ...] = ()
    settled: tuple[Settled, ...] = ()
    never: tuple[int, ...] = ()
    out_of_effect: tuple[int, ...] = ()
    unused: tuple[Unused, ...] = ()
    open_texts: tuple[OpenText, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    caps: tuple[Cap, ...] = ()
