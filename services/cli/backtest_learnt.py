"""What `vigia backtest --learn` prints: lines for the settings, and on what they rest."""

from collections.abc import Iterator, Sequence
from typing import Any

from services.backtest.beside import Beside, measures
from services.backtest.learning import Learnt, learn
from services.backtest.run import Result
from shared.domain.likelihood import RATIOS
from shared.ops.settings import PREFIX, Settings

HEAD = """
What evidence beside buying was worth here, beyond what buying told. Lines for the settings;
each is drawn to its default, as if that had been seen in some twenty customers.
"""
TOO_LITTLE = (
    "\nThere are too few judged customer-weeks, or too few customers who left, to learn what "
    "evidence beside buying is worth."
)


def learnt(result: Result, beside: Beside, settings: Settings) -> list[Learnt] | None:
    """Every ratio, by the company's own history; None where that says too little."""
    walk = result.walk
    found = measures(beside, result.history, walk, settings.evidence_half_life_days)
    fields = Settings.model_fields
    defaults = {name: float(fields[f"evidence_{name}"].default) for name in RATIOS}
    return learn(walk.customer, walk.score, result.truths.left, found, defaults)


def learnt_lines(found: Sequence[Learnt] | None) -> Iterator[str]:
    """A comment with the counts and a setting for each ratio that was seen."""
    if found is None:
        yield TOO_LITTLE
        return
    yield HEAD
    for one in found:
        if not one.customers:
            yield f"# {one.ratio}: default {one.default:g}; nobody who was judged had any"
            continue
        yield (
            f"# {one.ratio}: default {one.default:g}, learnt {one.value:.2f} +- "
            f"{one.deviation:.2f}; {one.customers} customers, {one.left / one.weeks:.0%} left, "
            f"by buying alone {one.foretold / one.weeks:.0%} would have"
        )
        if one.value < 0:
            yield "#   here it is no sign of leaving"
        yield f"{PREFIX}EVIDENCE_{one.ratio.upper()}={max(one.value, 0):.2f}"


def learnt_json(found: Sequence[Learnt] | None) -> list[dict[str, Any]] | None:
    """The same for programs."""
    if found is None:
        return None
    return [
        {
            "setting": f"{PREFIX}EVIDENCE_{one.ratio.upper()}",
            "default": one.default,
            "learnt": one.value,
            "deviation": one.deviation,
            "customers": one.customers,
            "left": _share(one.left, one.weeks),
            "foretold": _share(one.foretold, one.weeks),
        }
        for one in found
    ]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
