"""What people answered to alerts: right, wrong, or nothing yet, by what opened them and by rep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from shared.storage.tables import alert, transition

WRONG = ("wrong", "holiday")  # dismissed as one of these: the alert should not have been
ACTED = ("working", "noted")  # somebody found it worth a call or a note


@dataclass(frozen=True, slots=True)
class Answers:
    """Counts of alerts. `rule`: the reason of the opening; `rep` None: nobody's."""

    rule: str
    rep: str | None
    right: int
    wrong: int
    unanswered: int

    @property
    def precision(self) -> float | None:
        """The share of answered alerts that were right; None while nobody answered."""
        answered = self.right + self.wrong
        return self.right / answered if answered else None


def answers(connection: Connection, since: datetime) -> list[Answers]:
    """Of the alerts about customers that were opened from `since` on, by rule and rep.

    Wrong: dismissed as wrong or as a holiday. Right: dismissed for another reason (known, moved,
    closed), lost, or somebody called or wrote a note. The rest was not answered: that an alert
    recovered by itself or was only acknowledged says nothing.
    """
    opening, last = transition.alias("opening"), transition.alias("last")
    acted = exists().where(transition.c.alert == alert.c.id, transition.c.kind.in_(ACTED))
    wrong = and_(alert.c.state == "dismissed", last.c.reason.in_(WRONG))
    right = or_(alert.c.state.in_(("dismissed", "lost")), acted)
    verdict = case((wrong, "wrong"), (right, "right"), else_="unanswered")
    statement = (
        select(opening.c.reason, alert.c.rep, verdict, func.count())
        .join(opening, and_(opening.c.alert == alert.c.id, opening.c.number == 1))
        .join(last, and_(last.c.alert == alert.c.id, last.c.number == alert.c.last_number))
        .where(alert.c.kind == "customer", alert.c.opened_at >= since)
        .group_by(opening.c.reason, alert.c.rep, verdict)
    )
    found: dict[tuple[str, str | None], dict[str, int]] = {}
    for rule, rep, what, number in connection.execute(statement):
        found.setdefault((rule, rep), {})[what] = int(number)
    return [
        Answers(rule, rep, n.get("right", 0), n.get("wrong", 0), n.get("unanswered", 0))
        for (rule, rep), n in sorted(found.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    ]


def summed(rows: Sequence[Answers], by: str) -> dict[str, Answers]:
    """The same by `rule` or by `rep` alone."""
    found: dict[str, Answers] = {}
    for row in rows:
        name = row.rule if by == "rule" else row.rep or "-"
        known = found.get(name, Answers(row.rule, row.rep, 0, 0, 0))
        found[name] = Answers(
            row.rule,
            row.rep,
            known.right + row.right,
            known.wrong + row.wrong,
            known.unanswered + row.unanswered,
        )
    return found
