"""Human numbers (A2): a prefix and at least seven digits, from counters, never used twice."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Connection, String, case, cast, func, literal, text

PREFIXES = {
    "alert": "ALERT",
    "incident": "INC",
    "case": "CS",
    "incident task": "TASK",
    "problem": "PRB",
    "change request": "CHG",
}
"""The prefix of each kind of record that has numbers."""

_DIGITS = 7


def allocate(txn: Connection, kind: str, count: int = 1) -> int:
    """Take ``count`` numbers for records of a kind; returns the first. They are free again only by a rollback."""
    last: int = txn.execute(_taken, {"of_kind": kind, "count": count}).scalar_one()
    return last - count + 1


_taken = text(
    "INSERT INTO counters (name, value) VALUES (:of_kind, :count) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value"
)


def next_number(txn: Connection, kind: str) -> str:
    """Take the next number of a kind, ready to show."""
    return f"{PREFIXES[kind]}{allocate(txn, kind):0{_DIGITS}d}"


def number_expression(kind: str, value: ColumnElement[int]) -> ColumnElement[str]:
    """The same as SQL, for rows that are inserted by a select; ``value`` is the whole number."""
    full = 10**_DIGITS
    padded = func.substr(cast(literal(full, BigInteger) + value, String(20)), 2)
    return literal(PREFIXES[kind]).op("||")(case((value >= full, cast(value, String(20))), else_=padded))
