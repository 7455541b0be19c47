"""The score once more, slowly: one customer and one week at a time, in plain loops.

Written from the method's text and not from the code under test; every list index is a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, lgamma, log, sqrt
from statistics import fmean, median


@dataclass
class Customer:
    spend: list[float]
    days: list[float]
    first: int
    baseline: float = 0.0
    capped: list[float] = field(default_factory=list)
    typical: float = 0.0
    ticket: float = 0.0
    spread: float = 0.0
    phi: float = 0.0
    counted: list[float] = field(default_factory=list)

    @property
    def t(self) -> int:
        return len(self.spend) - 1

    def live(self, week: int) -> bool:
        return week >= 0 and week > self.first

    def weeks(self, start: int, end: int) -> range:
        """Weeks start..end, both included, that exist."""
        return range(max(start, 0), end + 1)


def is_judged(c: Customer) -> bool:
    active = [i for i in range(c.t + 1) if c.spend[i] > 0]
    if sum(1 for i in active if i > c.t - 26) < 8 or c.t - c.first < 13:
        return False
    set_baseline(c)
    return any(i > c.t - 12 for i in active) and c.baseline > 0


def set_baseline(c: Customer) -> None:
    window = c.weeks(c.t - 25, c.t - 4)
    positive = [c.spend[i] for i in window if c.spend[i] > 0]
    cap = 4 * median(positive) if len(positive) >= 4 else float("inf")
    c.capped = [min(s, cap) for s in c.spend]
    known = [i for i in window if i >= c.first]
    c.baseline = sum(c.capped[i] for i in known) / len(known) if known else 0.0


@dataclass
class Prior:
    a: float
    b: float


def fit_prior(ks: Sequence[float], bs: Sequence[float]) -> Prior:
    mean = sum(ks) / sum(bs)
    seen = sum(b * (k / b - mean) ** 2 for k, b in zip(ks, bs, strict=True)) / sum(bs)
    v = max(seen - mean * fmean(1 / b for b in bs), 0.05 * mean**2)
    return Prior(mean**2 / v, mean / v)


def clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


class Plain:
    """Everything about one portfolio of judged customers, in its constructor."""

    def __init__(self, customers: list[Customer], *, closed: bool) -> None:
        self.customers = customers
        self.t = customers[0].t
        self.length = min(52, self.t + 1)
        for c in customers:
            set_baseline(c)
        self.tickets()
        self.e = dict.fromkeys(range(self.t + 1), 1.0)
        self.es = dict(self.e)
        if not closed:
            self.e = self.season([c.days for c in customers], 30)
            self.es = self.season([[u / c.ticket for u in c.counted] for c in customers], 10)
        self.effective()
        self.scores()

    def tickets(self) -> None:
        kept = []
        for c in self.customers:
            weeks = [i for i in c.weeks(self.t - 25, self.t) if c.spend[i] > 0]
            c.typical = median(c.spend[i] / c.days[i] for i in weeks)
            p = [min(c.spend[i] / c.days[i], 4 * c.typical) for i in weeks]
            total = sum(x * c.days[i] for x, i in zip(p, weeks, strict=True))
            n = sum(c.days[i] for i in c.weeks(self.t - 25, self.t))
            variance = fmean((x - fmean(p)) ** 2 for x in p)
            kept.append((c, total, n, variance))
        mu = median(total / n for _, total, n, _ in kept)
        raw = []
        for c, total, n, variance in kept:
            c.ticket = (total + mu) / (n + 1)
            raw.append((c, n, variance / c.ticket**2))
        often = [cv2 for _, n, cv2 in raw if n >= 5]
        pool = median(often) if often else 0.5
        for c, n, cv2 in raw:
            c.spread = clip((cv2 * n + 6 * pool) / (n + 6), 0.25, 50)
            c.counted = [
                min(c.spend[i] / c.days[i], 3 * c.typical) * c.days[i]
                if c.live(i) and c.days[i] > 0
                else 0.0
                for i in range(self.t + 1)
            ]

    def season(self, values: list[list[float]], steady: float) -> dict[int, float]:
        index = dict.fromkeys(range(self.t + 1), 1.0)
        for i in range(max(0, self.t - 33), self.t + 1):
            done, expected = steady, steady
            for c, value in zip(self.customers, values, strict=True):
                if c.live(i):
                    own = [value[j] for j in c.weeks(self.t - 33, self.t) if c.live(j)]
                    done += value[i]
                    expected += fmean(own)
            index[i] = clip(done / expected, 0.05, 3)
        return index

    def effective(self) -> None:
        rows = []
        for c in self.customers:
            blocks = []
            for k in range(11):
                pair = [i for i in (self.t - 5 - 2 * k, self.t - 4 - 2 * k) if i >= 0]
                worth = sum(self.e[i] for i in pair if c.live(i))
                if worth > 0.5:
                    blocks.append((sum(c.days[i] for i in pair), worth))
            r2 = 0.0
            for days, worth in blocks:
                expected = sum(d for d, _ in blocks) / sum(w for _, w in blocks) * worth
                r2 += min((days - expected) ** 2 / max(expected, 0.15), 9)
            rows.append((c, r2, max(len(blocks) - 1, 0)))
        freedom = sum(df for _, _, df in rows)
        d = sum(r2 for _, r2, _ in rows) / freedom if freedom else 1.0
        for c, r2, df in rows:
            g = sqrt(clip((r2 + 8 * d) / (df + 8), 0.25, 2.5))
            c.phi = c.ticket * (g + c.spread)

    def count(self, c: Customer, start: int, end: int, *, days: bool = False) -> float:
        weeks = [i for i in c.weeks(start, end) if c.live(i)]
        return sum(c.days[i] if days else c.counted[i] / c.phi for i in weeks)

    def worth(self, c: Customer, start: int, end: int, *, days: bool = False) -> float:
        season = self.e if days else self.es
        return sum(season[i] for i in c.weeks(start, end) if c.live(i))

    def scores(self) -> None:
        t = self.t
        self.change_priors = self.windows(days=False)
        self.day_priors = self.windows(days=True)
        self.outlook_prior = self.prior_over(t - 33)
        self.longrun_prior = self.prior_over(t + 1 - self.length)
        found = [self.dips_of(c) for c in self.customers]
        windows = sum(n for _, n in found)
        self.share = sum(k for k, _ in found) / windows if windows > 200 else 0.28
        self.parts = [self.parts_of(c) for c in self.customers]
        self.mean_raw = fmean(p["raw"] for p in self.parts)

    def windows(self, *, days: bool) -> list[Prior]:
        t = self.t
        return [
            fit_prior(
                [self.count(c, t - 25, t - w, days=days) for c in self.customers],
                [max(self.worth(c, t - 25, t - w, days=days), 0.5) for c in self.customers],
            )
            for w in range(1, 13)
        ]

    def prior_over(self, start: int) -> Prior:
        return fit_prior(
            [self.count(c, start, self.t) for c in self.customers],
            [self.worth(c, start, self.t) for c in self.customers],
        )

    def exponent(self, c: Customer, w: int, rho: float, *, days: bool = False) -> float:
        t = self.t
        r = self.count(c, t - w + 1, t, days=days)
        since = max(self.worth(c, t - w + 1, t, days=days), 0.05)
        prior = (self.day_priors if days else self.change_priors)[w - 1]
        a = prior.a + self.count(c, t - 25, t - w, days=days)
        q = prior.b + max(self.worth(c, t - 25, t - w, days=days), 0.5)
        return r * log(rho) + (a + r) * log((q + since) / (q + rho * since))

    def change(self, c: Customer) -> float:
        return log(
            sum(
                0.5 * 0.01 * exp(self.exponent(c, w, rho))
                for w in range(1, 13)
                for rho in (0.05, 0.35)
            )
        )

    def outlook(self, c: Customer) -> float:
        t = self.t
        need = 4 * c.baseline / c.phi
        a = self.outlook_prior.a + self.count(c, t - 33, t)
        q = self.outlook_prior.b + self.worth(c, t - 33, t)
        weight, chance = 1.0, tail(a, q / (q + 8), need)
        for w, step in ((1, 1), (2, 1), (3, 1), (4, 1), (6, 2), (8, 2), (12, 4)):
            r, since = self.count(c, t - w + 1, t), self.worth(c, t - w + 1, t)
            for rho, pi in ((0.05, 0.25), (0.2, 0.15), (0.4, 0.2), (0.65, 0.2), (1.5, 0.2)):
                changed = q - (1 - rho) * since
                share = 0.02 * step * pi * exp(r * log(rho) + a * log(q / changed))
                weight += share
                chance += share * tail(a, changed / (changed + 8 * rho), need)
        p = clip(chance / weight, 1e-5, 1 - 1e-5)
        return log(p / (1 - p))

    def dips_of(self, c: Customer) -> tuple[int, int]:
        offset = self.t + 1 - self.length
        capped, first = c.capped[offset:], max(c.first - offset, 0)
        dips = windows = 0
        for s in range(12, self.length - 8):
            before = capped[max(s - 25, first) : s - 3]
            if len(before) < 9 or sum(before) <= 0:
                continue
            windows += 1
            dips += sum(capped[s + 1 : s + 9]) < 0.5 * 8 * fmean(before)
        return dips, windows

    def parts_of(self, c: Customer) -> dict[str, float]:
        t, b = self.t, c.baseline
        now = fmean(c.capped[-4:]) / max(fmean(self.es[i] for i in range(t - 3, t + 1)), 0.05)
        prior, start = self.longrun_prior, t + 1 - self.length
        rate = (prior.a + self.count(c, start, t)) / (prior.b + self.worth(c, start, t))
        dips, windows = self.dips_of(c)
        sums = [sum(c.capped[i] for i in c.weeks(t - 7 - 4 * k, t - 4 - 4 * k)) for k in range(5)]
        ratio = fmean((s - fmean(sums)) ** 2 for s in sums) / fmean(sums) ** 2
        parts = {
            "change": self.change(c),
            "outlook": self.outlook(c),
            "level4": clip(log((now + 0.1 * b) / (1.1 * b)), -4, 4),
            "longrun": clip(log(rate / (4 * b / c.phi / 4)), -2, 2),
            "dips": (dips + 12 * self.share) / (windows + 12),
            "swing": clip(log(ratio + 0.03), -4, 4),
            "tenure": log(min(t - c.first + 1, 39)),
        }
        weights = (0.245, 0.349, -0.141, -0.568, 0.562, 0.153, -0.804)
        raw = 3.15 + sum(w * p for w, p in zip(weights, parts.values(), strict=True))
        return {**parts, "raw": raw, "usual": b, "now": now}

    def score(self, c: int, known_means: Sequence[float]) -> float:
        shift = self.mean_raw - fmean([*known_means, self.mean_raw])
        return self.parts[c]["raw"] - 0.5 * shift

    def drop(self, c: Customer) -> tuple[int, float, float, float]:
        """Window, days in it, days expected, and once in how many windows."""
        t = self.t
        w = max(range(1, 13), key=lambda w: self.exponent(c, w, 0.35, days=True))
        r = self.count(c, t - w + 1, t, days=True)
        since = max(self.worth(c, t - w + 1, t, days=True), 0.05)
        a = self.day_priors[w - 1].a + self.count(c, t - 25, t - w, days=True)
        q = self.day_priors[w - 1].b + max(self.worth(c, t - 25, t - w, days=True), 0.5)
        p = sum(
            exp(lgamma(a + k) - lgamma(a) - lgamma(k + 1) + a * log(q / (q + since)))
            * (since / (q + since)) ** k
            for k in range(int(r) + 1)
        )
        return w, r, a / q * since, min(1 / (3 * p), 9999)


def skew(x: float) -> float:
    if abs(x - 1) < 1e-3:
        return 0.0
    return (1 - x * x + 2 * x * log(x)) / (1 - x) ** 2


def tail(a: float, q: float, need: float) -> float:
    """P(NB(a, q) < need), Peizer and Pratt's way with a logistic normal."""
    n, p = a + need - 0.5, 1 - q
    s, u = max(need, 0.001), max(a - 0.5, 0.001)
    dd = need + 1 / 6 - (n + 1 / 3) * p
    inside = (1 + q * skew(s / (n * p)) + p * skew(u / (n * q))) / ((n + 1 / 6) * p * q)
    z = dd * sqrt(inside)
    return 1 / (1 + exp(-(1.5976 * z + 0.07056 * z**3)))
