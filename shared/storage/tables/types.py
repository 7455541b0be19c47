"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON, TypeEngine

# SQLite gives out row numbers only for INTEGER; PostgreSQL needs the wide type.
Number = BigInteger().with_variant(Integer(), "sqlite")
Units = BigInteger()  # ten-thousandths of a currency unit
Day = Integer()  # days since 1970-01-01 of the company's calendar
Document = JSON().with_variant(postgresql.JSONB(), "postgresql")


def instant_text(utc: datetime) -> str:
    """The text SQLite keeps for an instant in UTC: as long as any other, so it sorts as time."""
    return utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC: TIMESTAMPTZ, or text on SQLite that sorts as time does."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else instant_text(utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)
