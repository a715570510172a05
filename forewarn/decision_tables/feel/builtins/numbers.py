"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)

from forewarn.decision_tables.feel.builtins.registry import argument, builtin
from forewarn.decision_tables.feel.operators import bounded
from forewarn.decision_tables.feel.runtime import MAX_EXPONENT, FeelError, FeelValue, Function, kind_of
from forewarn.decision_tables.values import DECIMALS, YearsMonths

FUNCTIONS: dict[str, Function] = {}


def number(value: FeelValue) -> Decimal:
    """A number argument."""
    return argument(value, Decimal, "a number")


def whole(value: FeelValue) -> int:
    """A number argument whose fraction does not count. Raises `FeelError` for one without reason."""
    given = number(value)
    if given.adjusted() > 18:
        raise FeelError(f"{given} is too large")
    return int(given)


def _round(value: FeelValue, scale: FeelValue, rounding: str) -> Decimal:
    places = whole(scale)
    if abs(places) > MAX_EXPONENT:
        raise FeelError(f"{places} is no scale")
    given = number(value)
    if given.adjusted() + places + 1 > DECIMALS.prec or -int(given.as_tuple().exponent) <= places:
        return given
    try:
        return DECIMALS.plus(given.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=DECIMALS))
    except DecimalException as error:
        raise FeelError(f"{given} cannot be rounded to {places} places") from error


@builtin(FUNCTIONS, "decimal", ("n", "scale"))
def _decimal(n: FeelValue, scale: FeelValue) -> FeelValue:
    return _round(n, scale, ROUND_HALF_EVEN)


@builtin(FUNCTIONS, "floor", ("n",), ("n", "scale"))
def _floor(n: FeelValue, scale: FeelValue = Decimal(0)) -> FeelValue:
    return _round(n, scale, ROUND_FLOOR)


@builtin(FUNCTIONS, "ceiling", ("n",), ("n", "scale"))
def _ceiling(n: FeelValue, scale: FeelValue = Decimal(0)) -> FeelValue:
    return _round(n, scale, ROUND_CEILING)


@builtin(FUNCTIONS, "round up", ("n", "scale"))
def _round_up(n: FeelValue, scale: FeelValue) -> FeelValue:
    return _round(n, scale, ROUND_UP)


@builtin(FUNCTIONS, "round down", ("n", "scale"))
def _round_down(n: FeelValue, scale: FeelValue) -> FeelValue:
    return _round(n, scale, ROUND_DOWN)


@builtin(FUNCTIONS, "round half up", ("n", "scale"))
def _round_half_up(n: FeelValue, scale: FeelValue) -> FeelValue:
    return _round(n, scale, ROUND_HALF_UP)


@builtin(FUNCTIONS, "round half down", ("n", "scale"))
def _round_half_down(n: FeelValue, scale: FeelValue) -> FeelValue:
    return _round(n, scale, ROUND_HALF_DOWN)


@builtin(FUNCTIONS, "abs", ("n",))
def _abs(n: FeelValue) -> FeelValue:
    if isinstance(n, timedelta):
        return abs(n)
    if isinstance(n, YearsMonths):
        return YearsMonths(abs(n.months))
    return DECIMALS.abs(number(n))


@builtin(FUNCTIONS, "modulo", ("dividend", "divisor"))
def _modulo(dividend: FeelValue, divisor: FeelValue) -> FeelValue:
    left, right = number(dividend), number(divisor)
    if right == 0:
        raise FeelError("modulo of zero")
    # The standard's modulo has the divisor's sign: dividend - divisor * floor(dividend / divisor).
    try:
        rest = DECIMALS.remainder(left, right)
    except DecimalException as error:
        raise FeelError(f"modulo({left}, {right}) has no result") from error
    return DECIMALS.add(rest, right) if rest and (rest < 0) != (right < 0) else rest


def _computed(name: str, value: Decimal) -> Decimal:
    try:
        return bounded(getattr(DECIMALS, name)(value))
    except DecimalException as error:
        raise FeelError(f"there is no {name} of {value}") from error


@builtin(FUNCTIONS, "sqrt", ("number",))
def _sqrt(given: FeelValue) -> FeelValue:
    return _computed("sqrt", number(given))


@builtin(FUNCTIONS, "log", ("number",))
def _log(given: FeelValue) -> FeelValue:
    return _computed("ln", number(given))


@builtin(FUNCTIONS, "exp", ("number",))
def _exp(given: FeelValue) -> FeelValue:
    return _computed("exp", number(given))


@builtin(FUNCTIONS, "odd", ("number",))
def _odd(given: FeelValue) -> FeelValue:
    return _parity(given) == 1


@builtin(FUNCTIONS, "even", ("number",))
def _even(given: FeelValue) -> FeelValue:
    return _parity(given) == 0


def _parity(given: FeelValue) -> int:
    value = number(given)
    if value != value.to_integral_value():
        raise FeelError(f"{value} is neither odd nor even")
    if value.adjusted() > MAX_EXPONENT:
        raise FeelError(f"{kind_of(given)} out of range")
    return int(value) % 2


@builtin(FUNCTIONS, "random number", ())
def _random() -> FeelValue:
    raise FeelError("random number() is not available: a decision gives the same answer each time")
