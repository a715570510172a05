"""One cell's test as a function: what the index falls back on for all that it cannot put into a table.

A check answers ``True``, ``False``, or ``None`` where nothing is known (an ordering of null, a null bound,
values that do not compare): three-valued, so that ``not(< 5)`` does not hold for null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, TypeAlias

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

Scope: TypeAlias = Mapping[str, Value]
Check: TypeAlias = Callable[[Value, Scope], bool | None]


@dataclass(frozen=True, slots=True)
class Context:
    """How the cells of one table are to be read.

    ``evaluate`` computes an expression in a scope; ``strict`` makes a bound of another type than the
    value an error, where the standard's own mode answers that nothing is known.
    """

    evaluate: Callable[[Expression, Scope], Value]
    strict: bool


PROPERTY = "property."
"""What stands before the name of a property in a scope, and among the inputs of a decision."""

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparable(value: Value) -> Any:
    """The value as it is compared: a time without zone stands in UTC."""
    if isinstance(value, datetime | time) and value.utcoffset() is None:
        return value.replace(tzinfo=UTC)
    if isinstance(value, tuple):
        return tuple(comparable(item) for item in value)
    return value


def same(left: Value, right: Value) -> bool:
    """Whether two values are of one kind and equal; ``True`` is not 1."""
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(comparable(left) == comparable(right))


def orderable(left: Value, right: Value) -> bool:
    """Whether ``<`` means anything between two values."""
    return type(left) is type(right) and not isinstance(left, bool | tuple | BusinessDuration | dict | None)


def compile_test(test: Test, context: Context) -> Check:
    """A function of the input's value and the scope that says whether ``test`` holds.

    In an expression the value under test stands as ``?``.
    """
    match test:
        case AnyValue():
            return lambda _value, _scope: True
        case IsNull():
            return lambda value, _scope: value is None
        case Compare():
            return _compare(test, context)
        case Interval():
            return _interval(test, context)
        case OneOf():
            return _one_of(test, context)
        case Not():
            return _not(test, context)
        case AnyOf() | AllOf() | NoneOf():
            return _of_list(test, context)
        case Condition():
            return _condition(test, context)


def _operand(operand: Operand, context: Context) -> Callable[[Value, Scope], Value]:
    match operand:
        case Literal():
            constant = operand.value
            return lambda _value, _scope: constant
        case PropertyRef():
            name = PROPERTY + operand.name
            return lambda _value, scope: scope[name]
        case InputRef():
            heading = operand.heading
            return lambda _value, scope: scope[heading]
        case Expression():
            return lambda value, scope: context.evaluate(operand, {**scope, "?": value})


def _compare(test: Compare, context: Context) -> Check:
    bound = _operand(test.operand, context)
    literal = isinstance(test.operand, Literal)
    if test.operator in ("=", "!="):
        wanted = test.operator == "="

        def equality(value: Value, scope: Scope) -> bool | None:
            other = bound(value, scope)
            if not literal:
                if other is None:
                    return None
                if context.strict and type(value) is not type(other):
                    _refuse_mixture(value, other)
            return same(value, other) is wanted

        return equality
    holds = _ORDERINGS[test.operator]

    def ordering(value: Value, scope: Scope) -> bool | None:
        other = bound(value, scope)
        if value is None or other is None:
            return None
        if not orderable(value, other):
            if context.strict:
                _refuse_mixture(value, other)
            return None
        return holds(comparable(value), comparable(other))

    return ordering


def _refuse_mixture(value: Value, bound: Value) -> None:
    """Raise where a value meets a bound of another type: silence would look like a rule that does not match."""
    if value is not None and bound is not None and (type(value) is not type(bound) or type(value) is BusinessDuration):
        raise DecisionError(
            f"{value!r} cannot be compared with {bound!r}: they are of different types",
            hint="give the property, or the other input, the type of the column",
        )


def _interval(test: Interval, context: Context) -> Check:
    low = _compare(Compare(">=" if test.low_closed else ">", test.low), context)
    high = _compare(Compare("<=" if test.high_closed else "<", test.high), context)

    def within(value: Value, scope: Scope) -> bool | None:
        return all_hold((low(value, scope), high(value, scope)))

    return within


def all_hold(answers: tuple[bool | None, ...]) -> bool | None:
    """Three-valued and."""
    if False in answers:
        return False
    return None if None in answers else True


def any_holds(answers: list[bool | None]) -> bool | None:
    """Three-valued or."""
    if True in answers:
        return True
    return None if None in answers else False


def _one_of(test: OneOf, context: Context) -> Check:
    checks = [compile_test(inner, context) for inner in test.tests]
    return lambda value, scope: any_holds([check(value, scope) for check in checks])


def _not(test: Not, context: Context) -> Check:
    checks = [compile_test(inner, context) for inner in test.tests]

    def none(value: Value, scope: Scope) -> bool | None:
        answer = any_holds([check(value, scope) for check in checks])
        return None if answer is None else not answer

    return none


def _of_list(test: AnyOf | AllOf | NoneOf, context: Context) -> Check:
    checks = [compile_test(inner, context) for inner in test.tests]
    if isinstance(test, AllOf):

        def all_of(value: Value, scope: Scope) -> bool | None:
            if not isinstance(value, tuple):
                return None
            return all_hold(tuple(any_holds([check(item, scope) for item in value]) for check in checks))

        return all_of
    wanted = isinstance(test, AnyOf)

    def any_of(value: Value, scope: Scope) -> bool | None:
        if not isinstance(value, tuple):
            return None
        answer = any_holds([check(item, scope) for item in value for check in checks])
        return answer if wanted or answer is None else not answer

    return any_of


def _condition(test: Condition, context: Context) -> Check:
    expression = test.expression

    def condition(value: Value, scope: Scope) -> bool | None:
        answer = context.evaluate(expression, {**scope, "?": value})
        if answer is None or isinstance(answer, bool):
            return answer
        raise DecisionError(f"the condition {expression.source!r} gives {answer!r}, which is neither true nor false")

    return condition
