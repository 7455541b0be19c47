"""Settings of the company's money."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator
from pydantic_settings import BaseSettings

from shared.currencies import known_currency


class MoneySettings(BaseSettings):
    """Amounts are told in one currency; those in another count by a fixed rate."""

    currency: Annotated[str, AfterValidator(known_currency)] = Field(
        "EUR", description="Currency where none is given."
    )
    currency_rates: dict[str, Decimal] = Field(
        {}, description='Fixed rates into the currency, as JSON: {"USD": "0.9"}.'
    )

    @field_validator("currency_rates")
    @classmethod
    def _usable_rates(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for code, rate in value.items():
            known_currency(code)
            if not rate.is_finite() or rate <= 0:
                raise ValueError("every rate is a positive number")
        return value

    @property
    def rates(self) -> Mapping[str, Decimal]:
        """What one unit of each currency is in the company's own, as far as that is known."""
        return {**self.currency_rates, self.currency: Decimal(1)}
