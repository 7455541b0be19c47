"""A portfolio as it looks to members of a common cause: their next weeks are worth what their
group's are, so that only who falls further stands out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.domain.cause import Cause
from shared.domain.portfolio import Portfolio
from shared.domain.sector import SectorSeason

Index = tuple[float, ...]

LEAST = 0.01  # a week is worth something to whoever is open


def following(portfolio: Portfolio, causes: Sequence[Cause]) -> Portfolio:
    """Seasons in which the last weeks hold no more than the members of `causes` do now."""
    for cause in causes:
        portfolio = _changed(portfolio, _lowered, cause.expected)
    return portfolio


def following_days(
    seasons: Sequence[SectorSeason], causes: Sequence[Cause]
) -> tuple[SectorSeason, ...]:
    """The same of seasons of purchase days alone."""
    for cause in causes:
        seasons = [each._replace(days=_lowered(each.days, cause.expected)) for each in seasons]
    return tuple(seasons)


def unaware(portfolio: Portfolio, causes: Sequence[Cause]) -> Portfolio:
    """Seasons in which the last weeks hold what everybody else leads to expect.

    The season of a region has learnt of its fall already, as far as it goes. So has that of a
    segment, where it may well be one: schools close, and nobody in them is looked for.
    """
    for cause in causes:
        if cause.group.kind == "segment":
            continue
        others = [value / max(cause.ratio, LEAST) for value in cause.expected]
        portfolio = _changed(portfolio, _raised, others)
    return portfolio


def _changed(
    portfolio: Portfolio, change: Callable[[Index, Sequence[float]], Index], path: Sequence[float]
) -> Portfolio:
    return replace(
        portfolio,
        season_days=change(portfolio.season_days, path),
        season_spend=change(portfolio.season_spend, path),
        sectors=tuple(
            each._replace(days=change(each.days, path), spend=change(each.spend, path))
            for each in portfolio.sectors
        ),
    )


def _lowered(index: Index, path: Sequence[float]) -> Index:
    kept, last = index[: -len(path)], index[-len(path) :]
    lower = (max(min(own, value), LEAST) for own, value in zip(last, path, strict=True))
    return (*kept, *lower)


def _raised(index: Index, path: Sequence[float]) -> Index:
    kept, last = index[: -len(path)], index[-len(path) :]
    return (*kept, *(max(own, value) for own, value in zip(last, path, strict=True)))
