"""A portfolio as it looks to members of a common cause: their next weeks are worth what their
group's are, so that only who falls further stands out."""

from collections.abc import Callable, Iterator, Sequence
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
        seasons = _changed_days(seasons, _lowered, cause.expected)
    return tuple(seasons)


def unaware(portfolio: Portfolio, causes: Sequence[Cause]) -> Portfolio:
    """Seasons in which the last weeks hold what everybody else leads to expect.

    The season of a region has learnt of its fall already, as far as it goes. So has that of a
    segment, where it may well be one: schools close, and nobody in them is looked for.
    """
    for path in _others(causes):
        portfolio = _changed(portfolio, _raised, path)
    return portfolio


def unaware_days(
    seasons: Sequence[SectorSeason], causes: Sequence[Cause]
) -> tuple[SectorSeason, ...]:
    """The same of seasons of purchase days alone."""
    for path in _others(causes):
        seasons = _changed_days(seasons, _raised, path)
    return tuple(seasons)


def _others(causes: Sequence[Cause]) -> Iterator[Sequence[float]]:
    """What everybody else leads to expect of the last weeks, for each cause but segments."""
    for cause in causes:
        if cause.group.kind != "segment":
            yield [value / max(cause.ratio, LEAST) for value in cause.expected]


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


def _changed_days(
    seasons: Sequence[SectorSeason],
    change: Callable[[Index, Sequence[float]], Index],
    path: Sequence[float],
) -> Sequence[SectorSeason]:
    return [each._replace(days=change(each.days, path)) for each in seasons]


def _lowered(index: Index, path: Sequence[float]) -> Index:
    kept, last = index[: -len(path)], index[-len(path) :]
    lower = (max(min(own, value), LEAST) for own, value in zip(last, path, strict=True))
    return (*kept, *lower)


def _raised(index: Index, path: Sequence[float]) -> Index:
    kept, last = index[: -len(path)], index[-len(path) :]
    return (*kept, *(max(own, value) for own, value in zip(last, path, strict=True)))
