"""A result as JSON for programs."""

from dataclasses import asdict
from typing import Any

import numpy as np

from services.backtest.grading import AlertsGrade, Grade
from services.backtest.history import History
from services.backtest.occasional import GapGrade
from services.backtest.resampling import Estimate
from services.backtest.run import Result, weeks_missing
from services.backtest.walk import NEEDED
from shared.domain.calibration import reliability
from shared.domain.week import day_date


def span(history: History) -> dict[str, Any]:
    """What the history holds, and whether it is long enough to be graded."""
    found: dict[str, Any] = {
        "weeks": history.weeks,
        "weeks_needed": NEEDED,
        "gradable": not weeks_missing(history),
        "customers": int((history.first < history.weeks).sum()),
        "currency": history.currency,
        "left_out": dict(history.left_out),
    }
    if history.weeks:
        found["from"] = day_date(history.start).isoformat()
        found["until"] = day_date(history.week_end(history.weeks - 1)).isoformat()
    return found


def as_json(result: Result) -> dict[str, Any]:
    """All grades; an interval is null where nothing was resampled."""
    left = result.truths.left
    found = {
        **span(result.history),
        "judged_customer_weeks": len(result.walk),
        "judged_customers": len(np.unique(result.walk.customer)),
        "base_rate": float(left.mean()) if len(left) else None,
        "lost_customers": len(result.truths.lost.customer),
        "rules": {name: _grade(grade) for name, grade in result.grades.items()},
        "ahead": {name: _estimate(result.ahead(name)) for name in result.grades if name != "vigia"},
        "as_run": _alerts(result.as_run),
        "calibration": [
            {"said": one.said, "left": one.share, "low": one.low, "high": one.high, "n": one.count}
            for one in reliability(result.chances, left)
        ],
    }
    if result.silences is not None:
        silences = result.silences
        found["occasional"] = {
            "customer_weeks": len(silences),
            "customers": len(np.unique(silences.customer)),
            "base_rate": float(silences.left.mean()) if len(silences) else None,
            "rules": {name: _gaps(grade) for name, grade in result.gaps.items()},
        }
    if result.compared:
        found["compare"] = {
            name: {
                "average_precision": _estimate(one.average_precision),
                "worth": _estimate(one.worth),
            }
            for name, one in result.compared.items()
        }
    if result.unconfirmed is not None:
        without = result.unconfirmed
        found["without_segments"] = {
            "as_run": _alerts(without.as_run),
            "truth": None if without.measured is None else asdict(without.measured),
        }
    if result.measured is not None:
        found["truth"] = asdict(result.measured)
    return found


def _gaps(grade: GapGrade) -> dict[str, Any]:
    return {
        "average_precision": _estimate(grade.average_precision),
        "roc_auc": _estimate(grade.roc_auc),
        "precision": {f"{share:g}": _estimate(found) for share, found in grade.precision.items()},
    }


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "average_precision": _estimate(grade.average_precision),
        "roc_auc": _estimate(grade.roc_auc),
        "budgets": {f"{share:g}": _alerts(found) for share, found in grade.budgets.items()},
    }


def _alerts(grade: AlertsGrade) -> dict[str, Any]:
    return {
        "alerts": len(grade.places),
        "precision": _estimate(grade.precision),
        "false_alarms_per_100_customers_and_month": _estimate(grade.false_alarms),
        "value_captured": _estimate(grade.captured),
        "lost_found": _estimate(grade.found),
        "lead_weeks": grade.lead,
    }


def _estimate(found: Estimate) -> dict[str, float | None]:
    return {"value": found.value, "low": found.low, "high": found.high}
