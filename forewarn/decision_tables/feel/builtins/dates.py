"""Date functions (DMN 1.5 §10.3.4.8 and §10.3.4.9); ``now`` and ``today`` read the decision's clock."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from forewarn.decision_tables.feel.builtins.registry import argument, builtin
from forewarn.decision_tables.feel.runtime import FeelError, FeelValue, Function, is_zoned, kind_of, same
from forewarn.decision_tables.feel.temporal import offset_of

FUNCTIONS: dict[str, Function] = {}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _day(value: FeelValue) -> date:
    return argument(value, date, "a date")


@builtin(FUNCTIONS, "day of year", ("date",))
def _day_of_year(given: FeelValue) -> FeelValue:
    return Decimal(_day(given).timetuple().tm_yday)


@builtin(FUNCTIONS, "day of week", ("date",))
def _day_of_week(given: FeelValue) -> FeelValue:
    return _DAYS[_day(given).weekday()]


@builtin(FUNCTIONS, "month of year", ("date",))
def _month_of_year(given: FeelValue) -> FeelValue:
    return _MONTHS[_day(given).month - 1]


@builtin(FUNCTIONS, "week of year", ("date",))
def _week_of_year(given: FeelValue) -> FeelValue:
    return Decimal(_day(given).isocalendar().week)


@builtin(FUNCTIONS, "is", ("value1", "value2"), nulls=True)
def _is(left: FeelValue, right: FeelValue) -> FeelValue:
    """The very same value: times of one instant with different zones are not."""
    if kind_of(left) != kind_of(right):
        return False
    if isinstance(left, datetime | time):
        if is_zoned(left) != is_zoned(right) or offset_of(left) != offset_of(right):
            return False
        return bool(left.replace(tzinfo=None) == right.replace(tzinfo=None))
    return same(left, right) is True


@builtin(FUNCTIONS, "now", ())
@builtin(FUNCTIONS, "today", ())
def _clock() -> FeelValue:
    raise FeelError("the time of the decision is not known here")
