"""The chance that a score stands for, once a company's own customers have told."""

from collections.abc import Mapping
from math import exp
from typing import Any

DIGITS = 3


def probability(score: float | None, calibration: Mapping[str, Any] | None) -> float | None:
    """The chance, 0..1, that a customer of this score leaves, as domain.calibration says it.

    calibration: its fields by name; None where too little is known of what became of customers,
    and then there is no chance to tell.
    """
    if score is None or calibration is None:
        return None
    return round(1.0 / (1.0 + exp(-(score + calibration["intercept"]))), DIGITS)


def standing_probability(
    score: float | None,
    confirmed: float | None,
    verdict: str,
    calibration: Mapping[str, Any] | None,
) -> float | None:
    """The chance to tell of a standing: none of who is merely as quiet as the own segment and
    region, for outcomes, which know no segments, call that leaving."""
    explained = confirmed is not None and verdict == "steady"
    return None if explained else probability(score, calibration)
