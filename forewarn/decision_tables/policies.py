"""The hit policies: from the rules that match to the answer (DMN 1.5 §8.2.10, with the sheet's own word on order).

=====  =======================================================  =================================
U      the one rule; two are an error                           that rule
A      any of the rules, whose outputs must agree               every hit, by id
P      the rule whose outputs rank best, ties in row order      the winner
F      the first rule in row order                              that rule
R C    a list in row order                                      every hit in row order
O      a list ranked by outputs, ties in row order              every hit in that order
C+ …   the sum, least, greatest or number of the outputs        every hit in row order
=====  =======================================================  =================================

Under U and A row order says nothing and is no part of a table's version: rules are named by id there, R2 before R10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from forewarn.decision_tables.index.cells import comparable, orderable, same
from forewarn.decision_tables.model import HitPolicy, TableModel
from forewarn.decision_tables.values import DECIMALS, Value
from forewarn.errors import ConflictingRules, DecisionError, NoUniqueRule

Row: TypeAlias = tuple[Value, ...]

NO_MATCH = "no-match"
DEFAULT = "default"
NULL_IN_AGGREGATE = "null-in-aggregate"
NO_UNIQUE_RULE = "no-unique-rule"
CONFLICTING_RULES = "conflicting-rules"
BAD_INPUT = "bad-input"
EXPRESSION_ERROR = "expression-error"

_DIGITS = re.compile("([0-9]+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the matching rules come to.

    ``hits`` are the rules that the decision names, as positions in the table, in the policy's order;
    ``rows`` are the rows of outputs: exactly one but for R, O and C.
    """

    hits: tuple[int, ...]
    rows: tuple[Row, ...]
    diagnostics: tuple[str, ...] = ()


def natural_order(identity: str) -> tuple[list[tuple[int, str]], str]:
    """What sorts rule ids as people read them, R2 before R10; never equal for two ids."""
    parts = _DIGITS.split(identity)
    # Digits stand at the odd places, so that a number only ever meets a number.
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)], identity


def settle(
    model: TableModel,
    hits: Sequence[int],
    outputs: Callable[[int], Row],
    default: Callable[[], Row],
    *,
    ids: Sequence[str],
    ranked: bool,
) -> Outcome:
    """Apply the table's hit policy to ``hits``, the matching rules in row order.

    ``outputs`` computes the outputs of a rule, ``default`` those of the Default row, ``ids`` are the rules'.
    ``ranked`` tells that the rules are numbered by the rank of their outputs already. Raises `NoUniqueRule`
    and `ConflictingRules` in strict mode; in the standard's mode these give null and a diagnostic.
    """
    policy = model.hit_policy
    if not hits:
        return without_match(model, default)
    if policy is HitPolicy.FIRST or (ranked and policy is HitPolicy.PRIORITY):
        return Outcome((hits[0],), (outputs(hits[0]),))
    if len(hits) > 1 and not policy.row_order_counts:
        hits = sorted(hits, key=lambda hit: natural_order(ids[hit]))
    if policy is HitPolicy.UNIQUE:
        if len(hits) > 1:
            return _refused(model, [ids[hit] for hit in hits], NO_UNIQUE_RULE)
        return Outcome((hits[0],), (outputs(hits[0]),))
    rows = [outputs(hit) for hit in hits]
    if policy is HitPolicy.ANY:
        if any(row is not rows[0] and not same(rows[0], row) for row in rows):
            return _refused(model, [ids[hit] for hit in hits], CONFLICTING_RULES)
        return Outcome(tuple(hits), (rows[0],))
    if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) and not ranked:
        pairs = sorted(zip(hits, rows, strict=True), key=lambda pair: rank(model, pair[1]))
        if policy is HitPolicy.PRIORITY:
            return Outcome((pairs[0][0],), (pairs[0][1],))
        return Outcome(tuple([hit for hit, _ in pairs]), tuple([row for _, row in pairs]))
    if policy.aggregate:
        value, diagnostics = aggregate(model, [row[0] for row in rows])
        return Outcome(tuple(hits), ((value,),), diagnostics)
    return Outcome(tuple(hits), tuple(rows))


def without_match(model: TableModel, default: Callable[[], Row]) -> Outcome:
    """The outcome where no rule matches: the Default row, or what the policy gives for nothing."""
    if model.has_default:
        return Outcome((), (default(),), (DEFAULT,))
    if model.hit_policy.many:
        return Outcome((), (), (NO_MATCH,))
    if model.hit_policy is HitPolicy.COLLECT_COUNT:
        return Outcome((), ((Decimal(0),),), (NO_MATCH,))
    return Outcome((), ((None,) * len(model.outputs),), (NO_MATCH,))


def _refused(model: TableModel, ids: Sequence[str], code: str) -> Outcome:
    """Several rules where one is wanted: an error that names each, or null in the standard's mode."""
    if not model.strict:
        return Outcome((), ((None,) * len(model.outputs),), (code,))
    raise overlap_error(model, ids)


def overlap_error(model: TableModel, ids: Sequence[str]) -> DecisionError:
    """The error for rules that match together under U, or under A with different outputs."""
    listed = ", ".join(ids)
    if model.hit_policy is HitPolicy.UNIQUE:
        return NoUniqueRule(
            f"{len(ids)} rules of table {model.name!r} match where one may: {listed}",
            table=model.name,
            rules=ids,
            place=model.place,
            hint="make the rules exclude each other, or choose hit policy First",
        )
    return ConflictingRules(
        f"rules of table {model.name!r} match with different outputs: {listed}",
        table=model.name,
        rules=ids,
        place=model.place,
        hint="give them the same outputs, or choose hit policy First",
    )


def rank(model: TableModel, row: Row) -> tuple[int, ...]:
    """The place of a row of outputs: by each ranked column from left to right, best first, unlisted last."""
    return tuple(
        next((place for place, best in enumerate(column.ranked) if same(best, value)), len(column.ranked))
        for column, value in zip(model.outputs, row, strict=True)
        if column.ranked is not None
    )


def aggregate(model: TableModel, values: Sequence[Value]) -> tuple[Value, tuple[str, ...]]:
    """The aggregate of the outputs of every hit, and diagnostics.

    A null among them makes sum, least and greatest null, as FEEL's own ``sum``, ``min`` and ``max`` do.
    Raises `DecisionError` where the values do not add up or compare.
    """
    policy = model.hit_policy
    if policy is HitPolicy.COLLECT_COUNT:
        return Decimal(len(values)), ()
    if None in values:
        return None, (NULL_IN_AGGREGATE,)
    if policy is HitPolicy.COLLECT_SUM:
        total = Decimal(0)
        for value in values:
            if type(value) is not Decimal:
                return _not_aggregable(model, value)
            total = DECIMALS.add(total, value)
        return total, ()
    best = values[0]
    for value in values[1:]:
        if not orderable(best, value):
            return _not_aggregable(model, value)
        left, right = comparable(value), comparable(best)
        if (left < right) if policy is HitPolicy.COLLECT_MIN else (left > right):
            best = value
    return best, ()


def _not_aggregable(model: TableModel, value: Value) -> tuple[Value, tuple[str, ...]]:
    if not model.strict:
        return None, (EXPRESSION_ERROR,)
    raise DecisionError(
        f"table {model.name!r} cannot aggregate {value!r}", table=model.name, place=model.outputs[0].place
    )
