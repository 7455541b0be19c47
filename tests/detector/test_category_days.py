"""Days by category: of the lines that count, once, whatever is corrected; and nothing else."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.script import ScriptDirectory

from shared.domain.money import LARGEST
from shared.ops.clock import SimulatedClock
from shared.storage.rezone import rezone
from shared.storage.schema import MIGRATIONS
from shared.storage.tables import category_day
from tests.conftest import START
from tests.detector.folding import Desk, basket, day_of, event_of
from tests.postgres.kinds import KINDS

SUNDAY = day_of("2026-03-01")
COFFEE = ("maria", SUNDAY, "coffee", "EUR")


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, clock: SimulatedClock) -> Desk:
    return Desk(request.getfixturevalue(f"{request.param}_database"), clock)


def bought(name: str, *lines: tuple[str | None, str], kind: str = "purchase", **fields: Any) -> Any:
    money = {"amount": "10", "currency": fields.pop("currency", "EUR"), "lines": basket(*lines)}
    return event_of(kind, name, money, **fields)


def test_lines_are_summed_by_customer_day_category_and_currency(desk: Desk) -> None:
    desk.fold(
        bought("1", ("coffee", "3"), ("coffee", "0.5"), ("tea", "2"), (None, "9")),
        bought("2", ("coffee", "1")),
        bought("3", ("coffee", "1"), currency="USD"),
        bought("4", ("coffee", "1"), kind="refund"),
        bought("5", ("tea", "-1")),  # a line taken back is no purchase of tea
        bought("6", ("coffee", "2"), subject="ana", time="2026-02-27T12:00:00Z"),
    )

    assert desk.categories() == {
        COFFEE: (2, 45_000, 1, 10_000),
        ("maria", SUNDAY, "tea", "EUR"): (1, 20_000, 0, 0),
        ("maria", SUNDAY, "coffee", "USD"): (1, 10_000, 0, 0),
        ("ana", SUNDAY - 2, "coffee", "EUR"): (1, 20_000, 0, 0),
    }


def test_repeats_and_contradictions_count_nothing(desk: Desk) -> None:
    first = desk.records([bought("1", ("coffee", "3"))])
    desk.fold_records(first)
    desk.fold_records(first)
    desk.fold(bought("1", ("coffee", "4")), bought("2", (None, "4")))

    assert desk.categories() == {COFFEE: (1, 30_000, 0, 0)}


@pytest.mark.parametrize("order", ["lower first", "higher first", "together"])
@pytest.mark.parametrize("lines", [(("tea", "8"),), ((None, "8"),), (("coffee", "8"),)])
def test_of_a_corrected_document_the_highest_revision_counts(
    desk: Desk, order: str, lines: tuple[tuple[str | None, str]]
) -> None:
    desk.fold(bought("another", ("coffee", "1")))
    revisions = [bought("1", ("coffee", "3")), bought("1", *lines, revision=2)]
    batches = {
        "lower first": [revisions[:1], revisions[1:]],
        "higher first": [revisions[1:], revisions[:1]],
        "together": [revisions],
    }
    for batch in batches[order]:
        desk.fold(*batch)

    expected = {COFFEE: (1, 10_000, 0, 0)}
    if lines[0][0] == "tea":
        expected["maria", SUNDAY, "tea", "EUR"] = (1, 80_000, 0, 0)
    if lines[0][0] == "coffee":
        expected[COFFEE] = (2, 90_000, 0, 0)
    assert desk.categories() == expected


def test_a_correction_may_change_customer_and_day(desk: Desk) -> None:
    desk.fold(bought("1", ("coffee", "3")))
    moved = {"subject": "ana", "time": "2026-02-20T12:00:00Z"}
    desk.fold(bought("1", ("coffee", "3"), revision=1, **moved))

    assert desk.categories() == {("ana", SUNDAY - 9, "coffee", "EUR"): (1, 30_000, 0, 0)}


def test_absurd_amounts_stop_at_what_can_be_kept(desk: Desk) -> None:
    lines = [("gold", "999999999999.9999")] * 6
    desk.fold(*(bought(str(n), *lines) for n in range(3)))
    desk.fold(bought("more", *lines))

    assert desk.categories()["maria", SUNDAY, "gold", "EUR"] == (4, LARGEST, 0, 0)


def test_another_zone_moves_the_days(desk: Desk, clock: SimulatedClock) -> None:
    desk.fold(bought("1", ("coffee", "3"), time="2026-02-28T23:30:00Z"))
    zone = ZoneInfo("Europe/Madrid")
    desk.database.run(lambda writing: rezone(writing, zone, START, lambda _done: None))

    assert list(desk.categories()) == [("maria", SUNDAY, "coffee", "EUR")]


def test_an_older_ledger_is_counted_when_the_table_is_made(desk: Desk) -> None:
    desk.fold(
        bought("1", ("coffee", "3"), ("tea", "-1"), (None, "1")),
        bought("2", ("coffee", "0.25"), kind="refund"),
        bought("3", ("coffee", "5"), revision=1),
        bought("3", ("coffee", "4")),
        bought("4", (None, "4"), subject="ana"),
        bought("5", ("tea", "4"), subject="eva"),
    )
    counted = desk.categories()
    migration = ScriptDirectory(str(MIGRATIONS)).get_revision("0003").module
    with desk.database.write() as connection:
        connection.execute(category_day.delete())
        migration.count_categories(connection, category_day)

    assert len(counted) == 2
    assert desk.categories() == counted
