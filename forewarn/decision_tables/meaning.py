"""When a test holds, said plainly: the reference for the index, and what the checks of cells ask.

Three-valued inside (DMN 1.5 §10.3.2.12 with the sheet's word on null): a comparison with null, or with a null
bound, is neither true nor false, so neither ``< 5`` nor ``not(< 5)`` holds for null; an equality always is one
or the other, so ``not(a)`` holds for null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from forewarn.decision_tables.syntax import (
    AllOf,
    AnyOf,
    AnyValue,
    Compare,
    Condition,
    Expression,
    InputRef,
    Interval,
    IsNull,
    Literal,
    NoneOf,
    Not,
    OneOf,
    Operand,
    PropertyRef,
    Test,
)
from forewarn.decision_tables.values import BusinessDuration, Value
from forewarn.errors import DecisionError

NOTHING: Mapping[str, Value] = {}


def holds(test: Test, value: Value, scope: Mapping[str, Value] = NOTHING) -> bool:
    """Whether ``test`` holds for ``value``.

    ``scope`` has the other inputs by heading, and properties as ``property.name``. Raises DecisionError where
    two values of different types are ordered, and KeyError where the scope lacks a name that the test reads.
    """
    return _truth(test, value, scope) is True


def equal(left: Value, right: Value) -> bool:
    """Whether two values are of one kind and equal: true is not 1, a moment without zone stands in UTC."""
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(_in_utc(left) == _in_utc(right))


def _truth(test: Test, value: Value, scope: Mapping[str, Value]) -> bool | None:
    match test:
        case AnyValue():
            return True
        case IsNull():
            return value is None
        case Compare():
            return _compare(test.operator, value, _bound(test.operand, value, scope), test.operand)
        case Interval():
            low = _compare(">=" if test.low_closed else ">", value, _bound(test.low, value, scope), test.low)
            high = _compare("<=" if test.high_closed else "<", value, _bound(test.high, value, scope), test.high)
            return _both(low, high)
        case OneOf():
            return _some(_truth(inner, value, scope) for inner in test.tests)
        case Not():
            return _opposite(_some(_truth(inner, value, scope) for inner in test.tests))
        case AnyOf() | NoneOf():
            if not isinstance(value, tuple):
                return None
            found = _some(_truth(inner, item, scope) for item in value for inner in test.tests)
            return found if isinstance(test, AnyOf) else _opposite(found)
        case AllOf():
            if not isinstance(value, tuple):
                return None
            answers = [_some(_truth(inner, item, scope) for item in value) for inner in test.tests]
            return False if False in answers else None if None in answers else True
        case Condition():
            answer = _evaluate(test.expression, {**scope, "?": value})
            if answer is None or isinstance(answer, bool):
                return answer
            raise DecisionError(f"the condition {test.expression.source!r} gives {answer!r}, not true or false")


def _bound(operand: Operand, value: Value, scope: Mapping[str, Value]) -> Value:
    match operand:
        case Literal():
            return operand.value
        case PropertyRef():
            return scope[f"property.{operand.name}"]
        case InputRef():
            return scope[operand.heading]
        case Expression():
            return _evaluate(operand, {**scope, "?": value})


def _evaluate(expression: Expression, scope: Mapping[str, Value]) -> Value:
    # Expressions are rare and their evaluator is not light: it is loaded where one is met.
    from forewarn.decision_tables.feel import evaluate  # noqa: PLC0415

    value: Value = evaluate(expression, scope, strict=True)
    return value


def _compare(operator: str, value: Value, bound: Value, operand: Operand) -> bool | None:
    if operator in ("=", "!="):
        if bound is None and not isinstance(operand, Literal):
            return None
        return equal(value, bound) is (operator == "=")
    if value is None or bound is None:
        return None
    if type(value) is not type(bound) or isinstance(value, bool | tuple | BusinessDuration):
        raise DecisionError(f"{value!r} cannot be compared with {bound!r}")
    left: Any = _in_utc(value)
    right: Any = _in_utc(bound)
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _in_utc(value: Value) -> Value:
    if isinstance(value, datetime | time) and value.utcoffset() is None:
        return value.replace(tzinfo=UTC)
    return value


def _some(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    return True if True in known else None if None in known else False


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


def _opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
