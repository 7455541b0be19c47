"""All evidence beside buying, read for judging: events, silence of our own, the group."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from services.detector.contacts import load_no_contact, no_contact_of
from services.detector.facts import load_facts, load_of_some
from services.detector.groups import load_group_loss
from shared.domain.evidence import Item, items
from shared.domain.week import Calendar, day_date


def load_items(
    connection: Connection,
    until: int,
    today: int,
    calendar: Calendar,
    customers: Sequence[int] | None = None,
    *,
    live: bool,
    moment: datetime | None = None,
    grouped: bool = True,
) -> dict[int, list[Item]]:
    """What the days before `until` say on day `today`, by customer number; events newest first.

    With `moment` what happened after it is left out, as if nobody knew yet.

    `customers` limits whom to read (a few hundred at most); None reads everybody. A view that
    is not `live` hangs on the events alone. Without `grouped` nobody of them is in a group.
    """
    date = day_date(today)
    found: dict[int, list[Item]] = defaultdict(list)
    if customers is None:
        told = load_facts(connection, until, until=moment)
        silent = load_no_contact(connection, until, until=moment)
    else:
        told, contacts = load_of_some(connection, until, customers, until=moment)
        silent = no_contact_of(connection, contacts, until)
    for number, facts in told.items():
        found[number] += items(facts, date)
    for number, item in silent.items():
        found[number].append(item)
    if grouped:
        losses = load_group_loss(connection, until, calendar, customers, live=live)
        for number, item in losses.items():
            found[number].append(item)
    return dict(found)
