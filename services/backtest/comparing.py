"""What each part of the score is worth: the score without it, graded in the same companies."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.backtest.grading import AlertsGrade, Grader
from services.backtest.resampling import Estimate, difference
from services.backtest.sales import Floats
from services.backtest.truth import Measured
from services.backtest.walk import PARTS, Walk, shifted
from shared.domain.score import WEIGHTS

WHOLE = "whole"
ALONE = "change"  # the part that can stand alone


@dataclass(frozen=True, slots=True)
class Contribution:
    """A variant of the score: its average precision, and by how much the whole one is above."""

    average_precision: Estimate
    worth: Estimate


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The alerts of a running Vigía that knew no segments and regions, which change no order.

    as_run: what came of them; measured: all of them against what was planted, where that is known.
    """

    as_run: AlertsGrade
    measured: Measured | None


def variants(walk: Walk) -> dict[str, Floats]:
    """The score, without each of its parts, and `change` alone; by name, float64[n] each."""
    found = {WHOLE: walk.score}
    for place, name in enumerate(PARTS):
        raw = walk.raw - WEIGHTS[name] * walk.parts[:, place]
        found[f"without {name}"] = shifted(raw, walk.week)
    found[f"{ALONE} alone"] = walk.parts[:, PARTS.index(ALONE)]
    return found


def compare(grader: Grader, scores: Mapping[str, Floats]) -> dict[str, Contribution]:
    """Grade variants of the score, one of which is the `WHOLE`."""
    found = grader.orders(scores)
    whole = found[WHOLE]
    return {name: Contribution(one, difference(whole, one)) for name, one in found.items()}
