"""What an evaluation learns beside the score: own gaps, categories, and common causes."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, exists, select

from services.detector.baskets import load_all_baskets
from services.detector.common_causes import BACK, BASKET_WEEKS, find_shared, members_of
from services.detector.histories import Histories
from services.detector.members import score_members
from services.detector.numbers import Numbers, levels
from services.detector.occasional import learn_gaps
from services.detector.responsible import load_reps
from services.detector.sample import Sample
from shared.domain import defection
from shared.domain.cause import Group
from shared.domain.histogram import Histogram, histogram
from shared.domain.holiday import HolidayWeeks
from shared.domain.panel import SEASON
from shared.domain.score import confirmed, score
from shared.domain.week import DAYS
from shared.domain.weeks import judged
from shared.ops.settings import Settings
from shared.storage.tables import category_day


def learn_beside(
    connection: Connection,
    sample: Sample,
    numbers: Numbers,
    histograms: Mapping[int, Histogram],
    settings: Settings,
    living: Mapping[Group, int],
    holidays: HolidayWeeks | None,
) -> tuple[Numbers, Histogram | None]:
    """The numbers with all of it, and the judged week's histogram where a cause changed it.

    `histograms` of all known weeks. `living`: groups with a living alert, and since when.
    """
    index = np.array(numbers.portfolio.season_days)
    floor, closing = settings.floor_quantile, settings.closing_quantile
    now = sample.histories.take(np.flatnonzero(judged(sample.histories.weeks()).judged))
    gaps = learn_gaps(
        sample.occasional,
        now,
        closed_cohort=numbers.portfolio.closed,
        holidays=holidays,
        floor=floor,
        closing=closing,
    )
    weeks = BASKET_WEEKS if now.span.columns > BACK else SEASON
    bought = load_all_baskets(connection, _with_categories(connection, now), weeks)
    tastes = defection.learn(bought.baskets.recent())
    shared = find_shared(connection, now, bought, index, settings, living, sample.share)
    numbers = replace(numbers, gaps=gaps, tastes=tastes, shared=shared)
    eased = _eased(connection, now, numbers)
    if eased is None:
        return numbers, None
    as_of = sample.histories.span.as_of
    every = {**histograms, as_of - DAYS: eased}
    threshold, close = levels(every, as_of, floor=floor, closing=closing)
    return replace(numbers, threshold=threshold, closing=close), eased


def _with_categories(connection: Connection, now: Histories) -> Histories:
    """Whose baskets are worth reading: nobody's in a company that names no category."""
    some = connection.scalar(select(exists(select(category_day.c.customer))))
    return now if some else now.take(np.zeros(0, np.int64))


def _eased(connection: Connection, now: Histories, numbers: Numbers) -> Histogram | None:
    """The scores of the week with those of members as their cause leads to expect.

    Else half of a region that falls together would raise the floor for everybody else.
    """
    reps = load_reps(connection, now.numbers.tolist())
    members = members_of(connection, now, reps, numbers.shared)
    if not members:
        return None
    weeks, known = now.weeks(), numbers.portfolio
    scores = score(weeks, known, numbers.means)
    found = score_members(now, members, numbers, range(len(now.numbers)))
    eased, sure = scores.score.copy(), confirmed(weeks, known, numbers.means, scores.score)
    for row, number in enumerate(now.numbers.tolist()):
        if number in found:
            eased[row] = sure[row] = found[number].following
    return histogram(eased, scores.raw, sure if known.sectors else None)
