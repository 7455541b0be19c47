"""The order in which several alerts are told."""

from typing import Any

import pytest

from services.notifier.together import together
from shared.ops.settings import Settings
from shared.storage.addressing import Card
from shared.storage.deliveries import Taken
from tests.notifier.builders import AT, REP, announcement, message


def order(rates: dict[str, Any], *risks: tuple[str, str]) -> list[str]:
    """The customers of a digest, who are named by the money at risk."""
    told = announcement("digest", id="digest:r1", customer=None, value_at_risk=None)
    taken = Taken(
        1, "digest:r1", 7, "digest", "email", "email", (), told.to_dict(), 1, AT, "one", 1
    )  # fmt: skip
    parts = [
        message(
            id=f"a_{amount}",
            card=Card(amount, f"{amount} {currency}", None, None),
            value_at_risk={"amount": amount, "currency": currency},
        )
        for amount, currency in risks
    ]
    settings = Settings(currency="EUR", currency_rates=rates)
    return [part.customer for part in together(taken, REP, parts, settings).parts]


@pytest.mark.parametrize("rates", [{"CLP": "0.001"}, {"CLP": "0.001", "EUR": "7"}])
def test_amounts_of_several_currencies_are_compared_by_what_they_are_worth(
    rates: dict[str, Any],
) -> None:
    """As on the desk, money without a rate counts as if it were the company's."""
    found = order(rates, ("500000", "CLP"), ("18600", "EUR"), ("900", "USD"))
    assert found == ["18600 EUR", "900 USD", "500000 CLP"]
