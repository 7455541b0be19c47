"""What is not urgent is told together, at the person's time, and only while it is news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.notifier.metrics import NotifierMetrics
from shared.domain.week import day_number
from shared.ops.settings import Settings
from shared.storage import absences, alerts, reps, taking
from shared.storage.absences import Absence
from shared.storage.database import Database
from shared.storage.reps import Rep
from shared.storage.tables import delivery
from tests.notifier.weekly import ANA, DIGEST_DAY, MARTA, OPERATOR, Desk, end, open_one, states
from tests.notifier.working import BUSY, REFUSED, Clock, Recorder, new, rows
from tests.postgres.kinds import every_database

pytestmark = every_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        time_zone="Europe/Madrid",
        operator_email=OPERATOR,
        mail_from="Vigía <vigia@company.example>",
    )


@pytest.fixture
def desk(
    company: Database,
    settings: Settings,
    clock: Clock,
    metrics: NotifierMetrics,
    channel: Recorder,
) -> Desk:
    return Desk(company, settings, clock, metrics, channel)


def test_urgent_alerts_are_told_at_once_and_the_others_on_monday_worst_first(desk: Desk) -> None:
    open_one(desk, "C-1", value=10)
    open_one(desk, "C-2", severity="urgent")
    open_one(desk, "C-3", value=900)
    open_one(desk, "C-4", severity="watch", value=5_000)
    sent = desk.work()
    assert [(address, message.customer) for address, message in sent] == [(ANA, "Bar C-2")]
    desk.move_to(DIGEST_DAY - timedelta(minutes=1))
    assert desk.work() == []
    desk.move_to(DIGEST_DAY)
    [(address, digest)] = desk.work()
    assert address == ANA
    assert [part.customer for part in digest.parts] == ["Bar C-3", "Bar C-1", "Bar C-4"]
    assert digest.subject == "3 customers need you, Bar C-3 first"
    assert digest.sentence == "3 new alerts."
    assert [fact.value for fact in digest.facts] == ["5,910 EUR"]
    assert {state for _, state, _ in states(desk)} == {"sent"}
    assert desk.work() == []


def test_what_a_digest_told_is_marked_with_its_mail(desk: Desk) -> None:
    open_one(desk)
    desk.work()
    desk.move_to(DIGEST_DAY)
    desk.work()
    told, digest = rows(desk.database)
    assert (told.state, told.recipient, told.person) == ("sent", ANA, "r1")
    assert told.provider_id == digest.provider_id
    assert digest.audience == "digest"


def test_two_digests_within_one_second_are_two(desk: Desk) -> None:
    """In simulated time weeks pass in less than a second."""
    for week, name in enumerate(("C-1", "C-2")):
        open_one(desk, name)
        desk.work()
        desk.clock.move_to(DIGEST_DAY + timedelta(weeks=week))
        [(_, digest)] = desk.work()
        assert [part.customer for part in digest.parts] == [f"Bar {name}"]
    assert {state for _, state, _ in states(desk)} == {"sent"}


def test_whoever_recovered_before_anybody_heard_of_it_is_not_told_at_all(desk: Desk) -> None:
    row = open_one(desk)
    desk.work()
    end(desk, row)
    desk.work()
    desk.move_to(DIGEST_DAY)
    assert desk.work() == []
    assert {state for _, state, _ in states(desk)} == {"suppressed"}


def test_a_digest_tells_what_became_of_alerts_told_before(desk: Desk) -> None:
    row = open_one(desk)
    desk.work()
    desk.move_to(DIGEST_DAY)
    desk.work()
    desk.move_to(DIGEST_DAY + timedelta(days=2))
    end(desk, row)
    open_one(desk, "C-2")
    desk.work()
    desk.move_to(DIGEST_DAY + timedelta(days=7))
    [(_, digest)] = desk.work()
    assert [part.kind for part in digest.parts] == ["opened", "recovered"]
    assert digest.sentence == "One new alert. One is buying as usual again."
    assert digest.subject == "Bar C-2 needs you"


def test_urgent_news_does_not_wait_for_the_digest_that_holds_the_opening(desk: Desk) -> None:
    row = open_one(desk)
    desk.work()
    desk.announce(new(2, kind="updated", id=row.id, severity="urgent", reason="cancellation"))
    assert [message.kind for _, message in desk.work()] == ["updated"]
    desk.move_to(DIGEST_DAY)
    assert desk.work() == []  # the newest is known already


def test_a_storm_becomes_one_message_and_nothing_is_dropped(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    few = settings.model_copy(update={"storm_messages": 3})
    desk = Desk(company, few, clock, metrics, Recorder())
    for number in range(8):
        open_one(desk, f"C-{number}", severity="urgent", value=number)
    assert len(desk.work()) == 3
    desk.move_to(clock.now() + timedelta(minutes=15))
    [(_, digest)] = desk.work()
    assert [part.customer for part in digest.parts] == [f"Bar C-{n}" for n in (7, 6, 5, 4, 3)]


def test_without_digests_messages_wait_for_working_hours_and_urgent_ones_do_not(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, settings.model_copy(update={"digest_at": ""}), clock, metrics, Recorder())
    night = datetime(2011, 12, 9, 21, tzinfo=UTC)  # Friday 22:00
    desk.move_to(night)
    open_one(desk, "C-1")
    open_one(desk, "C-2", severity="urgent")
    assert [message.customer for _, message in desk.work()] == ["Bar C-2"]
    desk.move_to(datetime(2011, 12, 12, 5, 59, tzinfo=UTC))
    assert desk.work() == []
    desk.move_to(datetime(2011, 12, 12, 6, tzinfo=UTC))  # Monday 07:00
    assert [message.customer for _, message in desk.work()] == ["Bar C-1"]


def test_a_public_holiday_of_the_companys_country_is_no_working_day(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    changed = settings.model_copy(update={"digest_at": "", "country": "ES"})
    desk = Desk(company, changed, clock, metrics, Recorder())
    desk.move_to(datetime(2011, 12, 8, 9, tzinfo=UTC))  # Thursday, the Immaculate Conception
    open_one(desk)
    assert desk.work() == []
    desk.move_to(datetime(2011, 12, 9, 6, tzinfo=UTC))
    assert len(desk.work()) == 1


def test_what_ended_over_the_weekend_is_not_told_on_monday(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, settings.model_copy(update={"digest_at": ""}), clock, metrics, Recorder())
    desk.move_to(datetime(2011, 12, 9, 21, tzinfo=UTC))
    end(desk, open_one(desk), "withdrawn")
    desk.work()
    desk.move_to(datetime(2011, 12, 12, 8, tzinfo=UTC))
    assert desk.work() == []
    assert [reason for _, _, reason in states(desk)] == ["overtaken", "never_told"]


def test_a_rep_with_own_hours_and_zone_hears_in_those(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, settings.model_copy(update={"digest_at": ""}), clock, metrics, Recorder())
    far = Rep("r1", time_zone="America/Bogota", working_hours={"mon-fri": "08:00-17:00"})
    with company.write() as connection:
        reps.add(connection, far, clock.now())
    open_one(desk)  # Monday 07:00 UTC: two in the morning there
    assert desk.work() == []
    desk.move_to(datetime(2011, 12, 5, 13, tzinfo=UTC))
    assert len(desk.work()) == 1


def test_the_substitute_hears_of_what_an_absent_rep_would(desk: Desk) -> None:
    today = day_number(desk.clock.now().date())
    berta = Rep("b1", name="Berta", email="berta@company.example")
    with desk.database.write() as connection:
        reps.add(connection, berta, desk.clock.now())
        absences.add(connection, Absence("r1", today - 1, today, "b1"))
    open_one(desk, severity="urgent")
    [(address, message)] = desk.work()
    assert address == "berta@company.example"
    assert message.footer[0] == "You get this because you stand in for Ana Ruiz, who is away."
    assert message.buttons != ()
    desk.move_to(desk.clock.now() + timedelta(days=1))
    open_one(desk, "C-2", severity="urgent")
    assert [address for address, _ in desk.work()] == [ANA]  # back again


def test_without_a_substitute_the_manager_hears_and_without_a_manager_the_rep(desk: Desk) -> None:
    today = day_number(desk.clock.now().date())
    with desk.database.write() as connection:
        absences.add(connection, Absence("r1", today, today))
    open_one(desk, severity="urgent")
    assert [address for address, _ in desk.work()] == [MARTA]
    with desk.database.write() as connection:
        reps.deactivate(connection, "m1", desk.clock.now())
    open_one(desk, "C-2", severity="urgent")
    assert [address for address, _ in desk.work()] == [ANA]


def test_an_unanswered_alert_is_told_again_rarely_and_goes_to_the_manager_once(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    desk = Desk(company, settings.model_copy(update={"digest_at": ""}), clock, metrics, Recorder())
    begin = datetime(2011, 12, 5, 9, tzinfo=UTC)
    desk.move_to(begin)
    told = alerts_told(desk, open_one(desk), days=60)
    assert told == [
        (0, ANA, "opened"),
        (3, ANA, "reminder"),
        (7, MARTA, "escalated"),
        (10, ANA, "reminder"),
        (24, ANA, "reminder"),
    ]


def alerts_told(desk: Desk, row: Any, days: int) -> list[tuple[int, str, str]]:
    found, begin = [], desk.clock.now()
    for day in range(days):
        desk.move_to(begin + timedelta(days=day))
        desk.planner.remind()
        found += [(day, address, message.kind) for address, message in desk.work()]
    return found


def test_whoever_reacted_is_left_in_peace(desk: Desk) -> None:
    row = open_one(desk, severity="urgent")
    desk.work()
    with desk.database.write() as connection:
        alerts.add_transition(
            connection, row, "acknowledged", reason="seen", actor="rep:r1", at=desk.clock.now()
        )
    assert alerts_told(desk, row, days=30) == []


def test_an_answer_that_comes_before_the_reminder_is_sent_stops_it(desk: Desk) -> None:
    row = open_one(desk, severity="urgent")
    desk.work()
    desk.move_to(desk.clock.now() + timedelta(days=3))
    assert desk.planner.remind() == 2  # and the manager's turn came
    with desk.database.write() as connection:
        alerts.add_transition(
            connection, row, "acknowledged", reason="seen", actor="rep:r1", at=desk.clock.now()
        )
    assert desk.work() == []
    assert states(desk)[1:] == [
        ("reminder-1", "suppressed", "answered"),
        ("escalation", "suppressed", "answered"),
    ]


def test_after_an_outage_of_six_hours_what_is_late_is_told_together(desk: Desk) -> None:
    desk.channel._answers = [BUSY] * 60
    for number in range(6):
        open_one(desk, f"C-{number}", severity="urgent")
    for _ in range(6):
        assert desk.work() == []
        desk.move_to(desk.clock.now() + timedelta(hours=1, minutes=5))
    desk.channel._answers = []
    first = desk.work()
    desk.move_to(desk.clock.now() + timedelta(hours=4))
    sent = [*first, *desk.work()]
    desk.move_to(desk.clock.now() + timedelta(minutes=2))
    sent += desk.work()
    told = [part.customer for _, message in sent for part in message.parts or (message,)]
    assert sorted(told) == [f"Bar C-{number}" for number in range(6)]
    assert len(sent) < 6


def test_what_an_outage_held_up_goes_out_at_the_pace_of_the_provider(desk: Desk) -> None:
    desk.channel.apart = timedelta(seconds=2)
    for number in range(8):
        rep = Rep(f"b{number}", email=f"b{number}@company.example")
        with desk.database.write() as connection:
            reps.add(connection, rep, desk.clock.now())
        desk.announce(new(id=f"a_{number}", customer=f"X-{number}", rep=rep.id, severity="urgent"))
    desk.channel._answers = [BUSY] * 8
    for _ in range(8):
        assert desk.work() == []
        desk.clock.later(seconds=2)
    desk.clock.later(hours=1)  # shorter than what is told together
    sent = []
    for _ in range(8):
        at_once = desk.work()
        assert len(at_once) <= 1
        sent += at_once
        desk.clock.later(seconds=2)
    assert sorted(message.alert for _, message in sent) == [f"a_{n}" for n in range(8)]


def test_a_digest_that_nobody_takes_goes_up_and_dies_with_all_it_was_to_tell(desk: Desk) -> None:
    desk.channel._answers = [REFUSED, None]
    open_one(desk)
    desk.work()
    desk.move_to(DIGEST_DAY)
    [(address, digest)] = desk.work()
    assert address == OPERATOR
    assert [part.customer for part in digest.parts] == ["Panadería Sol"]
    assert [state for _, state, _ in states(desk)] == ["sent", "dead", "sent"]
    desk.channel._answers = [REFUSED, REFUSED]
    open_one(desk, "C-2")
    desk.work()
    desk.move_to(DIGEST_DAY + timedelta(days=7))
    assert desk.work() == []
    assert [state for _, state, _ in states(desk)][3:] == ["dead", "dead", "dead"]


def test_two_planners_make_one_digest(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    one = Desk(company, settings, clock, metrics, Recorder())
    other = Desk(company, settings, clock, metrics, Recorder())
    open_one(one)
    one.work()
    one.move_to(DIGEST_DAY)
    assert [one.planner.step(), other.planner.step()] == [True, False]
    assert len(one.work()) + len(other.work()) == 1


def test_a_sender_that_dies_after_the_yes_sends_the_digest_again_under_its_name(
    desk: Desk,
) -> None:
    open_one(desk)
    desk.work()
    desk.move_to(DIGEST_DAY)
    desk.planner.step()
    with desk.database.write() as connection:
        (taken,) = taking.take(
            connection, owner="dead", channel="email", apart=timedelta(0), now=desk.clock.real()
        )
        connection.execute(update(delivery).values(until=0))
    [(_, digest)] = desk.work()
    assert (digest.alert, digest.number) == (taken.alert, taken.number)


def test_rules_send_large_customers_to_the_manager_at_once(
    company: Database, settings: Settings, clock: Clock, metrics: NotifierMetrics
) -> None:
    rules = Settings(routing=[{"value_at_least": "1000", "to": "manager", "when": "instant"}])
    changed = settings.model_copy(update={"routing": rules.routing})
    desk = Desk(company, changed, clock, metrics, Recorder())
    open_one(desk, "C-1", value=999)
    open_one(desk, "C-2", value=1_000)
    assert [(address, message.customer) for address, message in desk.work()] == [(MARTA, "Bar C-2")]


def test_who_is_lost_needs_nobody_any_more(desk: Desk) -> None:
    gone, also_gone = open_one(desk, "C-1", value=900), open_one(desk, "C-2", value=800)
    end(desk, gone, "lost")
    end(desk, also_gone, "lost")
    left = open_one(desk, "C-3", value=10)
    desk.work()
    desk.move_to(DIGEST_DAY)
    [(_, digest)] = desk.work()
    assert digest.subject == "Bar C-3 needs you"
    assert digest.sentence == "One new alert. 2 are lost."
    assert [(fact.label, fact.value) for fact in digest.facts] == [
        ("At risk a year", "10 EUR"),
    ]
    desk.clock.later(minutes=5)
    end(desk, left, "lost")
    desk.work()
    desk.move_to(DIGEST_DAY + timedelta(days=7))
    [(_, digest)] = desk.work()
    assert digest.subject == "Bar C-3 is lost"


def test_a_digest_in_spanish_says_the_same(desk: Desk) -> None:
    with desk.database.write() as connection:
        reps.add(connection, replace(Rep("r1"), locale="es"), desk.clock.now())
    open_one(desk)
    desk.work()
    desk.move_to(DIGEST_DAY)
    [(_, digest)] = desk.work()
    assert digest.subject == "Panadería Sol te necesita"
    assert digest.sentence == "Un aviso nuevo."


def test_a_manager_reads_once_a_week_what_became_of_the_teams_alerts(desk: Desk) -> None:
    desk.move_to(datetime(2011, 12, 6, 9, tzinfo=UTC))
    open_one(desk, "C-1", value=900)
    called, back, gone = (open_one(desk, f"C-{n}", value=n) for n in (2, 3, 4))
    with desk.database.write() as connection:
        for row, kind in ((called, "working"), (back, "recovered"), (gone, "lost")):
            alerts.add_transition(
                connection, row, kind, reason="x", actor="rep:r1", at=desk.clock.now()
            )
    desk.move_to(datetime(2011, 12, 12, 6, 59, tzinfo=UTC))
    assert desk.planner.summarize() == 0
    desk.move_to(datetime(2011, 12, 12, 7, tzinfo=UTC))  # Monday 08:00 in Madrid
    assert [desk.planner.summarize(), desk.planner.summarize()] == [1, 0]
    sent = {address: message for address, message in desk.work() if message.kind == "summary"}
    assert sent.keys() == {MARTA}
    summary = sent[MARTA]  # Marta reads Spanish
    assert summary.subject == "La semana de tu equipo: un aviso espera respuesta"
    assert summary.sentence == (
        "4 avisos nuevos. Se llamó a un cliente. Un cliente vuelve a la normalidad. "
        "Un cliente perdido."
    )
    assert [(fact.label, fact.value) for fact in summary.facts] == [
        ("En riesgo al año, todos los avisos vivos", "902 EUR"),
        ("Conservado esta semana, al año", "3 EUR"),
        ("Perdido esta semana, al año", "4 EUR"),
        ("Ana Ruiz", "2 avisos, 1 sin respuesta"),
    ]
    assert [part.customer for part in summary.parts] == ["Bar C-1"]
    assert summary.parts[0].buttons != ()


def test_a_team_without_alerts_and_weeks_long_past_make_no_summary(desk: Desk) -> None:
    desk.move_to(datetime(2011, 12, 12, 8, tzinfo=UTC))
    assert desk.planner.summarize() == 1
    assert desk.work() == []
    assert states(desk) == [("digest", "suppressed", "nothing_left")]
    desk.move_to(datetime(2011, 12, 15, 8, tzinfo=UTC))
    assert desk.planner.summarize() == 0
