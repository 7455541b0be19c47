"""Weekly histograms of scores: small enough to keep, fine enough to take quantiles from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 0.01  # of a bin, in log odds


@dataclass(frozen=True, slots=True)
class Histogram:
    """Scores of the judged customers of one week: bin number -> scores.

    Bin n holds the scores from n x WIDTH up to, not including, (n + 1) x WIDTH; of each customer
    two where segments and regions are known. `mean_raw` is 0 where nobody was judged.
    """

    judged: int
    mean_raw: float
    bins: Mapping[int, int]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it; `from_dict` reads it back."""
        bins = {str(number): count for number, count in self.bins.items()}
        return {"judged": self.judged, "mean_raw": self.mean_raw, "bins": bins}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Histogram":
        bins = {int(number): count for number, count in stored["bins"].items()}
        return cls(stored["judged"], stored["mean_raw"], bins)


def histogram(
    scores: NDArray[np.float64],
    raw: NDArray[np.float64],
    confirmed: NDArray[np.float64] | None = None,
) -> Histogram:
    """Count the scores [n] of a week; `raw` [n] are the scores before the portfolio's shift.

    confirmed: [n], what the own seasons leave of the scores, counted beside them. A floor by the
    scores alone would rise with every school that is closed, and spare who leaves meanwhile; one
    by what is left alone would call the next in order instead of each school.
    """
    every = scores if confirmed is None else np.concatenate([scores, confirmed])
    numbers, counts = np.unique(np.floor(every / WIDTH).astype(np.int64), return_counts=True)
    bins = {int(n): int(count) for n, count in zip(numbers, counts, strict=True)}
    return Histogram(len(scores), float(raw.mean()) if len(raw) else 0.0, bins)


def quantile(histograms: Iterable[Histogram], share: float) -> float | None:
    """The score below which `share` (0..1) of all counted scores lie; None without scores.

    Within a bin the scores are taken as evenly spread, so the answer is off by WIDTH at most.
    """
    total: dict[int, int] = {}
    for one in histograms:
        for number, count in one.bins.items():
            total[number] = total.get(number, 0) + count
    wanted = share * sum(total.values())
    below = 0
    for number, count in sorted(total.items()):
        if below + count >= wanted:
            return (number + (wanted - below) / count) * WIDTH
        below += count
    return None
