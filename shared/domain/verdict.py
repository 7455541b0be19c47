"""What a judged customer's score leads to: verdicts, and who is chosen for each rep."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.domain.money import UNITS
from shared.domain.week import DAYS

Verdict = Literal[
    "steady",
    "alert",
    "below_budget",
    "paused",
    "dismissed",
    "snoozed",
    "too_little_history",
    "already_lost",
    "held_feed_silent",
    "held_incomplete",
    "held_common_cause",
    "no_rate",
]
HELD_FOR_DATA: tuple[Verdict, ...] = ("held_feed_silent", "held_incomplete")
HELD: tuple[Verdict, ...] = (*HELD_FOR_DATA, "held_common_cause")


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a customer's newest alert, as far as it bears on a new score alert.

    `paused`: it was opened within the pause; `dismissed`: a person dismissed it within the
    pause; `snoozed`: it lives and a person put it off. `raised`: by how much, in log odds, people's
    answers to earlier alerts raise the bar.
    """

    living: bool = False
    paused: bool = False
    dismissed: bool = False
    snoozed: bool = False
    raised: float = 0.0


NOTHING_PAST = Past()
# Dismissals that say that the score saw something else than a customer who leaves.
MISTAKEN = ("holiday", "wrong")


def raised(amount: float, weeks: int, age_days: int) -> float:
    """How much higher than others' a customer's bar is, `age_days` after such a dismissal.

    `amount` log odds on its day, less every day, nothing from `weeks` weeks on.
    """
    return amount * max(0.0, 1 - max(age_days, 0) / (weeks * DAYS))


def by_score(score: float, *, threshold: float, closing: float, past: Past) -> Verdict:
    """The verdict of a scored customer; `below_budget` for whoever competes for the budget.

    A living alert stays an alert until the score is under the closing level. Where people said
    that an alert was mistaken, only a score above the raised bar opens the next.
    """
    if past.living:
        if score < closing:
            return "steady"
        return "snoozed" if past.snoozed else "alert"
    if score < threshold:
        return "steady"
    if past.dismissed or score < threshold + past.raised:
        return "dismissed"
    return "paused" if past.paused else "below_budget"


def priority(score: float, weekly_usual: int, scale: float) -> float:
    """Score + half the log of the weekly baseline: who is called first among equals in doubt.

    `weekly_usual` in ten-thousandths of the customer's currency; `scale` is what one unit of it
    is to the company.
    """
    return score + 0.5 * math.log(max(weekly_usual, 1) / UNITS * scale)


NO_LIMITS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer above the floor; `id` as the company knows it; `rep` None is its own group.

    `basis`: by what the customer was judged.
    """

    customer: int
    id: str
    rep: str | None
    priority: float
    basis: str = "score"


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate's place among those of the same rep, from 1, and what it leads to."""

    customer: int
    rep: str | None
    rank: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Budgets:
    """New score alerts a rep and week: the company's number, and whoever has an own one."""

    company: int
    own: Mapping[str, int] = field(default_factory=dict)

    def of(self, rep: str | None) -> int:
        return self.company if rep is None else self.own.get(rep, self.company)


def select(
    candidates: Iterable[Candidate], budgets: Budgets, limits: Mapping[str, int] = NO_LIMITS
) -> list[Choice]:
    """For each rep the first candidates within the budget get an alert; equals go by their ids.

    Of a basis that `limits` names no more than so many do; the next in order takes the place.
    """
    groups: dict[str | None, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.rep].append(candidate)
    return [
        choice
        for rep, group in groups.items()
        for choice in _chosen(sorted(group, key=_order), budgets.of(rep), limits)
    ]


def _chosen(
    ordered: Iterable[Candidate], budget: int, limits: Mapping[str, int]
) -> Iterator[Choice]:
    taken: Counter[str] = Counter()
    for rank, one in enumerate(ordered, 1):
        full = taken.total() >= budget or taken[one.basis] >= limits.get(one.basis, budget)
        if not full:
            taken[one.basis] += 1
        yield Choice(one.customer, one.rep, rank, "below_budget" if full else "alert")


def _order(candidate: Candidate) -> tuple[float, str]:
    return -candidate.priority, candidate.id
