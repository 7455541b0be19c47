"""One alert to managers for each cause that many customers share, until they buy again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection

from services.detector.common_causes import Shared
from shared.domain.cause import Cause, Group
from shared.domain.evidence import Item
from shared.domain.group_table import LONGEST
from shared.domain.money import to_text, to_units
from shared.domain.week import DAYS, day_date
from shared.ops.settings import Settings
from shared.storage import alerts, other_alerts, transitions
from shared.storage.alert_rows import AlertRow, Content
from shared.wording import sentence

ACTOR = "detector"
KIND: Literal["portfolio"] = "portfolio"
ALERTED_FROM = 2  # weeks: a fall of one week may be a holiday of the region's own
WORSE_POINTS = 15
WORSE_CUSTOMERS = 1.5
WEEKS_A_YEAR = 52
MOST = 1e13  # nonsense amounts must not end an evaluation


def living_groups(connection: Connection, as_of: int) -> dict[Group, int]:
    """The groups with a living alert, and how many weeks before `as_of` each began to fall."""
    found = {}
    for alert in other_alerts.living_others(connection, KIND).values():
        item = _cause_of(alert)
        if item is not None:
            weeks = int(item["weeks"]) + (as_of - alert.as_of) // DAYS
            found[Group(item["group_kind"], item["name"])] = weeks
    return found


def follow(
    connection: Connection, found: Sequence[Shared], as_of: int, now: datetime, settings: Settings
) -> list[str]:
    """Open, bring up to date and end the alerts by the causes that the weeks before `as_of` show.

    Of a fall that a person called no matter nobody hears again unless it gets worse. Doing it
    again changes nothing. Returns the kinds of transitions made; raises AlertMoved when a person
    was first.
    """
    living = other_alerts.living_others(connection, KIND)
    ended = other_alerts.newest_ended(connection, KIND)
    moved: list[str] = []
    for one in found:
        content = _content(_items(one, settings), as_of, settings)
        key = key_of(one.cause.group)
        alert = living.pop(key, None)
        if alert is not None:
            moved += _update(connection, alert, content, now)
        elif one.cause.weeks >= ALERTED_FROM and not _is_no_matter(ended.get(key), content):
            other_alerts.open_other(
                connection, KIND, key, content, reason="common_cause", actor=ACTOR, at=now
            )
            moved.append("opened")
    for alert in living.values():
        moved += _end(connection, alert, as_of, now, settings)
    return moved


def key_of(group: Group) -> str:
    """The alert's key in the log."""
    return f"{KIND}:{group.kind}:{group.name}"


def _is_no_matter(ended: AlertRow | None, content: Content) -> bool:
    """Whether a person ended an alert about this same fall, which is no worse now."""
    if ended is None or ended.state != "dismissed":
        return False
    item = content.evidence[0]
    fell_before = content.as_of - DAYS * item["weeks"] < ended.as_of
    return fell_before and not _worse(item, ended.evidence[0])


def _update(connection: Connection, alert: AlertRow, content: Content, now: datetime) -> list[str]:
    """While it is put off it only says what is known by now; whoever put it off hears later."""
    told = transitions.transitions(connection, alert.id)[-1].body["evidence"]
    if alert.asleep(now) or not _worse(content.evidence[0], told[0]):
        alerts.refresh(connection, alert, content, now)
        return []
    alerts.add_transition(
        connection, alert, "updated", reason="worse", actor=ACTOR, at=now, content=content
    )
    return ["updated"]


def _worse(new: Item, told: Item) -> bool:
    deeper = new["drop_percent"] >= told["drop_percent"] + WORSE_POINTS
    return bool(deeper or new["customers"] >= told["customers"] * WORSE_CUSTOMERS)


def _end(
    connection: Connection, alert: AlertRow, as_of: int, now: datetime, settings: Settings
) -> list[str]:
    """The group buys as others do again, or has bought less for so long that this is usual."""
    item = _cause_of(alert)
    if item is None or alert.as_of >= as_of:  # opened or judged by this very evaluation
        return []
    lasting = int(item["weeks"]) + (as_of - alert.as_of) // DAYS > LONGEST
    kind, state = ("lost", "lasting") if lasting else ("recovered", "back")
    content = _content([{**item, "state": state}], as_of, settings)
    alerts.add_transition(
        connection, alert, kind, reason=state, actor=ACTOR, at=now, content=content
    )
    return [kind]


def _cause_of(alert: AlertRow) -> Item | None:
    return next((dict(item) for item in alert.evidence if item["kind"] == "common_cause"), None)


def item_of(cause: Cause) -> Item:
    """The evidence of a cause."""
    return {
        "kind": "common_cause",
        "group_kind": cause.group.kind,
        "name": cause.group.name,
        "customers": cause.customers,
        "of": cause.members,
        "drop_percent": round(100 * (1 - cause.ratio)),
        "weeks": cause.weeks,
    }


def _items(found: Shared, settings: Settings) -> list[Item]:
    cause = found.cause
    items: list[Item] = [{**item_of(cause), "reps": list(found.reps)}]
    if cause.worth > 0:
        items.append(
            {"kind": "value", "amount": to_text(_at_risk(cause)), "currency": settings.currency}
        )
    return items


def _at_risk(cause: Cause) -> int:
    """What would be missing in a year, in ten-thousandths of the company's currency."""
    missing = cause.worth * max(1 - cause.ratio, 0.0) * WEEKS_A_YEAR
    return to_units(Decimal(round(min(missing, MOST))))


def _content(items: Sequence[Item], as_of: int, settings: Settings) -> Content:
    value: Mapping[str, str] | None = next((one for one in items if one["kind"] == "value"), None)
    return Content(
        rep=None,
        severity="warning",
        score=None,
        rank=None,
        value_at_risk=None if value is None else to_units(Decimal(value["amount"])),
        currency=None if value is None else value["currency"],
        as_of=as_of,
        sentence=sentence(items, locale=settings.locale, as_of=day_date(as_of)),
        evidence=items,
    )
