"""The answer of a table, with all that is needed to say where it came from."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from forewarn.decision_tables.values import BusinessDuration, Value, YearsMonths

if TYPE_CHECKING:
    from forewarn.decision_tables.explaining import Explanation
    from forewarn.decision_tables.table import Table

Outputs: TypeAlias = dict[str, Value] | list[dict[str, Value]]


class Decision:
    """What a table decided: outputs, the rules behind them, and what the table was asked.

    ``outputs`` are by heading: a dict, or a list of dicts for R, O and C; an aggregate has its one heading.
    They are the caller's own: changing them changes nothing in the table. ``rules`` are the ids of the
    rules that the hit policy names; ``diagnostics`` are codes such as ``no-match`` and ``default``; ``at``
    is the effective time in UTC where the table has effective dates, else ``None``. Contract: DMN 1.5
    §8.2.10 for the outputs of each hit policy.
    """

    __slots__ = ("_given", "_table", "_values", "at", "diagnostics", "outputs", "rules")

    def __init__(  # noqa: PLR0917 (made once a decision: by position is faster)
        self,
        table: Table,
        given: tuple[Any, ...],
        outputs: Outputs,
        rules: tuple[str, ...],
        at: datetime | None = None,
        diagnostics: tuple[str, ...] = (),
        values: tuple[Value, ...] | None = None,
    ) -> None:
        self._table = table
        self._given = given
        self._values = values
        self.outputs = outputs
        self.rules = rules
        self.diagnostics = diagnostics
        self.at = at

    @property
    def table(self) -> str:
        """The table's name."""
        return self._table.name

    @property
    def version(self) -> str:
        """The table's version: the hash of its normalised content."""
        return self._table.version

    @property
    def values(self) -> tuple[Value, ...]:
        """The inputs as used, in the order of the table's columns."""
        if self._values is None:
            self._values = self._table.converted(self._given)
        return self._values

    @property
    def inputs(self) -> dict[str, Value]:
        """The inputs as used, by heading, and the properties that the table's cells name."""
        return self._table.scope_of(self.values)

    def explain(self) -> Explanation:
        """Each rule of the table with the first cell that stopped it, and where that cell stands."""
        return self._table.explain_values(self.values, self.at, self.rules, self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """A form for JSON: numbers and times as text, lists as lists, null as ``None``."""
        outputs = self.outputs
        return {
            "table": self.table,
            "version": self.version,
            "rules": list(self.rules),
            "outputs": [_jsonable_row(row) for row in outputs] if isinstance(outputs, list) else _jsonable_row(outputs),
            "inputs": _jsonable_row(self.inputs),
            "at": None if self.at is None else self.at.isoformat(),
            "diagnostics": list(self.diagnostics),
        }

    def __repr__(self) -> str:
        return f"Decision(table={self.table!r}, outputs={self.outputs!r}, rules={self.rules!r})"


def _jsonable_row(row: dict[str, Value]) -> dict[str, Any]:
    return {heading: jsonable(value) for heading, value in row.items()}


def jsonable(value: Any) -> Any:
    """A value for JSON: text, truth and null as they are, lists as lists, everything else as exact text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f") if -40 < int(value.as_tuple().exponent) < 40 else str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return iso_duration(value)
    if isinstance(value, YearsMonths):
        sign = "-" if value.months < 0 else ""
        years, months = divmod(abs(value.months), 12)
        return sign + "P" + (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    if isinstance(value, BusinessDuration):
        return f"{jsonable(value.amount)} {value.unit}"
    if isinstance(value, tuple | list):
        return [jsonable(item) for item in value]
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    return str(value)


def iso_duration(value: timedelta) -> str:
    """A days-and-time duration in ISO form, ``P1DT4H30M``."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}T{clock}" if clock else f"{sign}P{days or '0D'}"
