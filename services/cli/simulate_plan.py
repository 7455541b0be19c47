"""From the words of the command line to a company that can be simulated."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.simulation.company import Company
from services.simulation.seasons import is_known_country
from services.simulation.trades import CHANGES, COMMON, COMPANIES, TRADES
from shared.ops.errors import InputError
from shared.ops.settings import Settings


def company_of(
    settings: Settings,
    *,
    name: str,
    trades: Sequence[str],
    changes: Sequence[str],
    customers: int,
    weeks: int,
    start: date,
    country: str,
    seed: int,
) -> Company:
    """The company called `name`, with other `trades` or `changes` where given as KIND=SHARE.

    Raises InputError, which names the option.
    """
    if name not in COMPANIES:
        raise InputError(f"--company is one of {', '.join(COMPANIES)}")
    if not is_known_country(country):
        raise InputError("--country is not a country of two letters whose holidays are known")
    mixture = COMPANIES[name]
    if trades:
        mixture = replace(mixture, trades=_shares("--trade", trades, TRADES))
    planted = _shares("--change", changes, CHANGES) if changes else CHANGES
    if sum(share for kind, share in planted.items() if kind not in COMMON) > 1:
        raise InputError("the shares of --change add up to more than 1")
    return Company(
        mixture=mixture,
        changes=planted,
        customers=customers,
        weeks=weeks,
        start=start,
        zone=settings.zone,
        currency=settings.currency,
        country=country,
        seed=seed,
    )


def _shares(option: str, words: Sequence[str], known: Mapping[str, object]) -> dict[str, float]:
    found = {}
    for word in words:
        kind, _, text = word.partition("=")
        if kind not in known:
            raise InputError(f"{option} knows {', '.join(known)}")
        try:
            share = float(text)
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            raise InputError(f"{option} {kind}=SHARE takes a share between 0 and 1")
        found[kind] = share
    if option == "--trade" and not any(found.values()):
        raise InputError("--trade gives nobody a trade; one share must be above 0")
    return found
