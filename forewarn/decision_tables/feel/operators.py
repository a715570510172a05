"""Arithmetic of FEEL (DMN 1.5 §10.3.2.10 tables 55 to 60). Numbers have 34 digits, rounded half-even."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import TypeGuard

from forewarn.decision_tables.feel import temporal
from forewarn.decision_tables.feel.runtime import MAX_EXPONENT, MAX_TEXT, FeelError, FeelValue, kind_of
from forewarn.decision_tables.values import DECIMALS, YearsMonths


def bounded(number: Decimal) -> Decimal:
    """A result as number of 34 digits. Raises `FeelError` for infinities, NaN and exponents beyond decimal128."""
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_EXPONENT):
        raise FeelError("the number is out of range")
    return number


def arithmetic(operator: str, left: FeelValue, right: FeelValue) -> FeelValue:
    """One of ``+ - * / **``. Null with anything is null; kinds that do not combine raise `FeelError`."""
    if left is None or right is None:
        return None
    try:
        if _number(left) and _number(right):
            return bounded(_NUMERIC[operator](left, right))
        return _OTHERS[operator](left, right)
    except DecimalException as error:
        raise FeelError(f"{left} {operator} {right} has no result") from error
    except OverflowError as error:
        raise FeelError("the duration is out of range") from error


def negate(value: FeelValue) -> FeelValue:
    """Arithmetic negation of a number or a duration. Raises `FeelError`."""
    match value:
        case None:
            return None
        case bool():
            pass
        case Decimal():
            return DECIMALS.minus(value)
        case timedelta():
            return -value
        case YearsMonths():
            return YearsMonths(-value.months)
    raise FeelError(f"cannot negate a {kind_of(value)}")


def _number(value: FeelValue) -> TypeGuard[Decimal]:
    return isinstance(value, Decimal)


def _power(left: Decimal, right: Decimal) -> Decimal:
    return DECIMALS.power(left, right)


_NUMERIC = {
    "+": DECIMALS.add,
    "-": DECIMALS.subtract,
    "*": DECIMALS.multiply,
    "/": DECIMALS.divide,
    "**": _power,
}


def _misfit(operator: str, left: FeelValue, right: FeelValue) -> FeelError:
    return FeelError(f"cannot compute {kind_of(left)} {operator} {kind_of(right)}")


def _add(left: FeelValue, right: FeelValue) -> FeelValue:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise FeelError("the text is too long")
        return left + right
    if isinstance(left, timedelta | YearsMonths):
        left, right = right, left
    if isinstance(right, timedelta) and isinstance(left, timedelta):
        return left + right
    if isinstance(right, YearsMonths) and isinstance(left, YearsMonths):
        return YearsMonths(left.months + right.months)
    if isinstance(left, date | time) and isinstance(right, timedelta | YearsMonths):
        return temporal.shift(left, right)
    raise _misfit("+", left, right)


def _subtract(left: FeelValue, right: FeelValue) -> FeelValue:
    if isinstance(right, timedelta | YearsMonths) and not isinstance(left, str):
        if type(left) is type(right):
            return _add(left, negate(right))
        if isinstance(left, date | datetime | time):
            return temporal.shift(left, negate(right))
    elif isinstance(left, date | time) and isinstance(right, date | time):
        return temporal.difference(left, right)
    raise _misfit("-", left, right)


def _multiply(left: FeelValue, right: FeelValue) -> FeelValue:
    if _number(left):
        left, right = right, left
    if _number(right):
        if isinstance(left, YearsMonths):
            return YearsMonths(int(DECIMALS.multiply(Decimal(left.months), right)))
        if isinstance(left, timedelta):
            return _seconds(DECIMALS.multiply(_total(left), right))
    raise _misfit("*", left, right)


def _divide(left: FeelValue, right: FeelValue) -> FeelValue:
    if isinstance(left, YearsMonths):
        if _number(right):
            return YearsMonths(int(DECIMALS.divide(Decimal(left.months), right)))
        if isinstance(right, YearsMonths):
            return DECIMALS.divide(Decimal(left.months), Decimal(right.months))
    if isinstance(left, timedelta):
        if _number(right):
            return _seconds(DECIMALS.divide(_total(left), right))
        if isinstance(right, timedelta):
            return DECIMALS.divide(_total(left), _total(right))
    raise _misfit("/", left, right)


def _no_power(left: FeelValue, right: FeelValue) -> FeelValue:
    raise _misfit("**", left, right)


_OTHERS = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "**": _no_power}


def _total(amount: timedelta) -> Decimal:
    """Seconds, exactly."""
    return Decimal(amount.days * 86400 + amount.seconds) + Decimal(amount.microseconds) / 1_000_000


def _seconds(amount: Decimal) -> timedelta:
    return timedelta(microseconds=int((amount * 1_000_000).to_integral_value()))
