"""A brute-force evaluator that shares nothing with the engine but the syntax tree: every rule, every cell, by the book.

Truth is a number: 1 true, 0 false, 0.5 unknown; and is min, or is max, not is 1 - x (Kleene).
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal, localcontext
from typing import Any

from forewarn.decision_tables import syntax as s
from forewarn.decision_tables.model import HitPolicy, TableModel

UNKNOWN = 0.5


class Refused(Exception):
    """The table must not decide; the argument is the name of the error that is due."""


CONDITIONS: dict[str, Any] = {}
"""What the expressions of generated tables mean, by their source: functions of the scope."""


def zoned(value: Any) -> Any:
    """A moment without zone stands in UTC."""
    if isinstance(value, datetime | time) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def equal(a: Any, b: Any) -> float:
    """Whether two values are of one kind and the same."""
    if a is None or b is None:
        return float(a is None and b is None)
    if isinstance(a, bool) != isinstance(b, bool) or type(a).__name__ != type(b).__name__:
        return 0.0
    return float(zoned(a) == zoned(b))


def operand(op: Any, scope: dict[str, Any]) -> tuple[Any, bool]:
    """The value of a bound, and whether it is written in the cell itself."""
    if isinstance(op, s.Literal):
        return op.value, True
    if isinstance(op, s.PropertyRef):
        return scope["property." + op.name], False
    if isinstance(op, s.InputRef):
        return scope[op.heading], False
    raise AssertionError(op)


def compare(value: Any, sign: str, op: Any, scope: dict[str, Any]) -> float:
    """One comparison."""
    bound, constant = operand(op, scope)
    if sign in ("=", "!="):
        if bound is None and not constant:
            return UNKNOWN
        answer = equal(value, bound)
        return answer if sign == "=" else 1 - answer
    if value is None or bound is None:
        return UNKNOWN
    left, right = zoned(value), zoned(bound)
    return float({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign])


def truth(test: Any, value: Any, scope: dict[str, Any]) -> float:
    """One cell."""
    name = type(test).__name__
    if name == "AnyValue":
        return 1.0
    if name == "IsNull":
        return float(value is None)
    if name == "Compare":
        return compare(value, test.operator, test.operand, scope)
    if name == "Interval":
        low = compare(value, ">=" if test.low_closed else ">", test.low, scope)
        high = compare(value, "<=" if test.high_closed else "<", test.high, scope)
        return min(low, high)
    if name == "OneOf":
        return max(truth(inner, value, scope) for inner in test.tests)
    if name == "Not":
        return 1 - max(truth(inner, value, scope) for inner in test.tests)
    if name in ("AnyOf", "NoneOf", "AllOf"):
        if value is None:
            return UNKNOWN
        if name == "AllOf":
            return min(max([0.0, *(truth(inner, item, scope) for item in value)]) for inner in test.tests)
        some = max([0.0, *(truth(inner, item, scope) for inner in test.tests for item in value)])
        return some if name == "AnyOf" else 1 - some
    if name == "Condition":
        answer = CONDITIONS[test.expression.source](scope)
        return UNKNOWN if answer is None else float(answer)
    raise AssertionError(name)


def matching(model: TableModel, values: list[Any], at: datetime | None) -> list[int]:
    """The rules that hold, by position."""
    scope: dict[str, Any] = {f"property.{name}": value for name, value in model.properties}
    for column, value in zip(model.inputs, values, strict=True):
        scope[column.heading] = value
    hits = []
    for number, rule in enumerate(model.rules):
        if model.effective:
            assert at is not None
            if rule.effective_from is not None and at < rule.effective_from:
                continue
            if rule.effective_to is not None and at >= rule.effective_to:
                continue
        tests = [*zip(rule.tests, values, strict=True), *((test, None) for test in rule.conditions)]
        if all(truth(test, value, scope) == 1 for test, value in tests):
            hits.append(number)
    return hits


def ranking(model: TableModel, row: tuple[Any, ...]) -> list[int]:
    """The rank of each ranked output, unlisted ones last."""
    ranks = []
    for column, value in zip(model.outputs, row, strict=True):
        if column.ranked is not None:
            where = [place for place, good in enumerate(column.ranked) if equal(good, value)]
            ranks.append(where[0] if where else len(column.ranked))
    return ranks


def decide(model: TableModel, values: list[Any], at: datetime | None) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Outputs, rule ids and diagnostics for converted inputs. Raises `Refused`."""
    hits = matching(model, values, at)
    rows = {hit: tuple(cell.value for cell in model.rules[hit].outputs) for hit in hits}
    headings = [column.heading for column in model.outputs]
    ids = [rule.id for rule in model.rules]
    policy = model.hit_policy
    many = policy.value in "ROC"

    def named(row: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(headings, row, strict=True))

    if not hits:
        if model.has_default:
            row = named(tuple(None if c.default is None else c.default.value for c in model.outputs))
            return ([row] if many else row), (), ("default",)
        if many:
            return [], (), ("no-match",)
        nothing = Decimal(0) if policy is HitPolicy.COLLECT_COUNT else None
        return named((nothing,) * len(headings)), (), ("no-match",)
    if policy.value == "U":
        if len(hits) > 1:
            raise Refused("NoUniqueRule")
        return named(rows[hits[0]]), (ids[hits[0]],), ()
    if policy.value == "F":
        return named(rows[hits[0]]), (ids[hits[0]],), ()
    if policy.value == "A":
        first = rows[hits[0]]
        if any(not equal(a, b) for row in rows.values() for a, b in zip(first, row, strict=True)):
            raise Refused("ConflictingRules")
        return named(first), tuple(ids[hit] for hit in hits), ()
    if policy.value == "P":
        best = min(hits, key=lambda hit: (ranking(model, rows[hit]), hit))
        return named(rows[best]), (ids[best],), ()
    if policy.value == "O":
        hits = sorted(hits, key=lambda hit: (ranking(model, rows[hit]), hit))
    if many:
        return [named(rows[hit]) for hit in hits], tuple(ids[hit] for hit in hits), ()
    column = [rows[hit][0] for hit in hits]
    fired = tuple(ids[hit] for hit in hits)
    if policy.value == "C#":
        return named((Decimal(len(column)),)), fired, ()
    if any(value is None for value in column):
        return named((None,)), fired, ("null-in-aggregate",)
    with localcontext() as context:
        context.prec = 34
        answer = {"C+": sum, "C<": min, "C>": max}[policy.value](column)
    return named((answer,)), fired, ()
