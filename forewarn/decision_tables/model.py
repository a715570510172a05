"""A decision table after parsing: typed columns, rules of tests and outputs, and where each stands.

`reading` and `dmn` make a `TableModel`; `table.Table` compiles one and decides with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from forewarn.decision_tables.syntax import Expression, Literal, Test
from forewarn.decision_tables.values import Type, Value
from forewarn.errors import Place


class HitPolicy(StrEnum):
    """The hit policies of DMN 1.5 §8.2.10, by their letters."""

    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"
    COLLECT_SUM = "C+"
    COLLECT_MIN = "C<"
    COLLECT_MAX = "C>"
    COLLECT_COUNT = "C#"

    @property
    def many(self) -> bool:
        """Whether a decision is a list of outputs (R, O and C)."""
        return self in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)

    @property
    def aggregate(self) -> bool:
        """Whether the hits are aggregated to one value (C+, C<, C> and C#)."""
        return self in (
            HitPolicy.COLLECT_SUM,
            HitPolicy.COLLECT_MIN,
            HitPolicy.COLLECT_MAX,
            HitPolicy.COLLECT_COUNT,
        )

    @property
    def row_order_counts(self) -> bool:
        """Whether the order of the rows is part of the table's meaning: everywhere but under U and A."""
        return self not in (HitPolicy.UNIQUE, HitPolicy.ANY)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a heading reads: ``record.attribute``, or an output of another table (``Table name › Output``)."""

    record: str | None = None
    attribute: str | None = None
    table: str | None = None
    output: str | None = None

    @property
    def name(self) -> str:
        """``incident.category`` or ``Service Definition › Service definition``."""
        if self.table is not None:
            return f"{self.table} › {self.output}"
        return f"{self.record}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """An ``If`` column. ``expression`` is set for models from DMN whose input is computed.

    ``allowed`` is what an input must satisfy (a test that holds for every allowed value), ``aliases`` maps
    known spellings to values (after trimming and NFC). A null is an error unless ``nullable``.
    """

    heading: str
    type: Type
    binding: Binding | None = None
    nullable: bool = False
    allowed: Test | None = None
    aliases: tuple[tuple[str, Value], ...] = ()
    expression: Expression | None = None
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class ConditionColumn:
    """An ``If expression`` column: each cell is a boolean expression over bound names."""

    heading: str
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A ``Then`` column. ``ranked`` is its own Values row, best first: what P and O rank by."""

    heading: str
    type: Type
    binding: Binding | None = None
    allowed: Test | None = None
    ranked: tuple[Value, ...] | None = None
    default: OutputCell | None = None
    place: Place = Place()


OutputCell: TypeAlias = Literal | Expression


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a test a column of `TableModel.inputs`, a condition a condition column, an output a Then column.

    ``row`` is its row number in the sheet; ``notes`` are its annotations by heading. The two bounds are
    half-open and aware; ``None`` is open.
    """

    id: str
    tests: tuple[Test, ...]
    outputs: tuple[OutputCell, ...]
    conditions: tuple[Test, ...] = ()
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    notes: tuple[tuple[str, str], ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class TableModel:
    """A decision table, whole. ``strict`` is the sheet's mode; models from DMN XML carry the standard's
    (an error in a cell gives null and a diagnostic).

    ``columns`` gives the sheet's column letter of each input, condition and output column by heading, so
    that an explanation can name cells; ``has_default`` tells that a Default row (or DMN default) is there.
    """

    name: str
    hit_policy: HitPolicy
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]
    conditions: tuple[ConditionColumn, ...] = ()
    has_default: bool = False
    effective: bool = False
    strict: bool = True
    place: Place = Place()
    columns: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, Value], ...] = ()
    """The properties that the table's cells name, with their values: they count as inputs of a decision."""
