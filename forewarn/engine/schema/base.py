"""The column types and the metadata that all tables of the store share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON as GENERIC_JSON
from sqlalchemy import BigInteger, Column, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = GENERIC_JSON().with_variant(JSONB(), "postgresql")
"""A JSON column: JSONB where the database has it."""

Key = BigInteger().with_variant(Integer(), "sqlite")
"""An integer primary key; SQLite numbers only INTEGER columns by itself."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as ISO text in UTC with microseconds, so that text order is time order everywhere."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse naive times; write UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: give an aware one")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read back as aware UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Money(TypeDecorator[Decimal]):
    """An amount of money, kept as a whole number of ten-thousandths: sums are exact in every database."""

    impl = BigInteger
    cache_ok = True
    places = Decimal("0.0001")

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write ten-thousandths; an amount with more than four places is refused."""
        if value is None:
            return None
        scaled = Decimal(value) / self.places
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than four decimal places")
        return int(scaled)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Read back as a decimal."""
        return None if value is None else Decimal(int(value)) * self.places


def key() -> Column[int]:
    """The primary key column that every table has."""
    return Column("id", Key, primary_key=True, autoincrement=True)
