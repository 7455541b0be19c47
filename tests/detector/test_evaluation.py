"""The weekly evaluation from end to end on small portfolios in a real database."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from services.detector import run, selection
from services.detector import sample as portfolio_sample
from services.detector.evaluation import EvaluationRunning
from shared.domain.week import DAYS, day_date
from shared.ops.errors import InputError
from shared.storage import due, evaluations
from shared.storage.lease import Lease
from shared.storage.tables import due as due_table
from shared.storage.tables import (
    evaluation,
    score_histogram,
    standing,
)
from tests.detector.portfolios import (
    EURO,
    House,
    Trade,
    add_event,
    add_trade,
    due_rows,
    rows_of,
    steady,
)
from tests.postgres.kinds import every_database

pytestmark = every_database

REGULARS = [f"regular {n}" for n in range(30)]
LEAVER = "leaver"
EVERYBODY = [*REGULARS, LEAVER]


def count(house: House, table: Any) -> int:
    with house.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


class Broken(Exception):
    """What a crash looks like from inside."""


def breaks_after(steps: int) -> Callable[[int, int], None]:
    seen = []

    def progress(done: int, _total: int) -> None:
        seen.append(done)
        if len(seen) > steps:
            raise Broken

    return progress


def test_a_live_evaluation_finds_the_leaver_and_makes_the_judge_look(house: House) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    report = house.evaluator().run(house.as_of, live=True)
    rows = rows_of(house, report["id"])
    assert set(rows) == set(EVERYBODY)
    assert (rows[LEAVER]["verdict"], rows[LEAVER]["rank"]) == ("alert", 1)
    assert rows[LEAVER]["score"] == max(row["score"] for row in rows.values())
    assert rows[LEAVER]["rep"] == "ana"
    assert rows[LEAVER]["weekly_now"] == 0
    assert rows[LEAVER]["value_at_risk"] == 52 * rows[LEAVER]["weekly_usual"] > 0
    assert sum(row["verdict"] == "steady" for row in rows.values()) >= 27
    assert (LEAVER, "week", due.WEEK) in due_rows(house)
    assert {reason for _, reason, _ in due_rows(house)} == {"week"}
    assert report["live"] is True
    assert report["state"] == "judging"
    assert report["judged"] == len(EVERYBODY)
    assert sum(report["verdicts"].values()) == len(EVERYBODY)
    assert report["as_of"] == day_date(house.as_of).isoformat() == "2026-03-02"
    assert (report["week_from"], report["week_to"]) == ("2026-02-23", "2026-03-01")
    assert report["closing"] < report["threshold"] < rows[LEAVER]["score"]
    assert len(report["portfolio"]["season"]) == 34
    assert "would_open" not in report


def test_the_first_evaluation_fills_eight_earlier_weeks_without_a_word(house: House) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    house.evaluator().run(house.as_of, live=True)
    with house.database.read() as connection:
        weeks = evaluations.read_histograms(connection, 0, house.as_of)
    assert sorted(weeks) == [house.as_of - 7 * back for back in range(9, 0, -1)]
    assert all(one.judged >= len(REGULARS) for one in weeks.values())
    assert count(house, evaluation) == 1


def test_later_evaluations_add_one_week_to_the_histograms(house: House) -> None:
    house.populate(REGULARS)
    house.evaluator().run(house.as_of, live=True)
    house.pass_weeks(1)
    with house.database.write() as connection:  # what was stored counts, not what it should be
        connection.execute(update(score_histogram).values(bins={"700": 100}))
    report = house.evaluator().run(house.as_of, live=True)
    assert report["threshold"] == pytest.approx(7.0, abs=0.02)
    assert count(house, score_histogram) == 10


def test_asking_again_gives_the_same_evaluation(house: House) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    evaluator = house.evaluator()
    first = evaluator.run(house.as_of, live=True)
    with house.database.write() as connection:
        connection.execute(due_table.delete())
    assert evaluator.run(house.as_of, live=True) == first
    assert evaluator.report(first["id"]) == first
    assert due_rows(house) == set()
    assert count(house, evaluation) == 1


@pytest.mark.parametrize("live", [True, False])
def test_an_older_week_is_dry_whatever_is_asked(house: House, live: bool) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    report = house.evaluator().run(house.as_of - DAYS, live=live)
    rows = rows_of(house, report["id"])
    assert rows[LEAVER]["verdict"] == "alert"
    assert report["live"] is False
    assert report["state"] == "done"
    assert report["alerts"] == dict.fromkeys(report["alerts"], 0)
    assert count(house, score_histogram) == 0
    assert due_rows(house) == set()
    (one, *_) = report["would_open"]
    assert one["customer"] == LEAVER
    assert (one["rank"], one["score"]) == (1, rows[LEAVER]["score"])
    assert "EUR" in one["sentence"] or "€" in one["sentence"]


def test_a_dry_one_does_not_use_stored_histograms(house: House) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    evaluator = house.evaluator()
    before = evaluator.run(house.as_of - DAYS, live=False)
    evaluator.run(house.as_of, live=True)
    with house.database.write() as connection:
        connection.execute(update(score_histogram).values(bins={"700": 100}, mean_raw=9.0))
    after = evaluator.run(house.as_of - DAYS, live=False)
    assert after["id"] != before["id"]
    assert rows_of(house, after["id"]) == rows_of(house, before["id"])
    assert after["threshold"] == before["threshold"]


def test_a_day_that_is_not_over_cannot_be_judged(house: House) -> None:
    house.populate(REGULARS)
    with pytest.raises(InputError, match="2026-03-03 is not over"):
        house.evaluator().run(house.as_of + 1, live=True)


def test_weeks_may_end_on_any_day_of_a_dry_evaluation(house: House) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    report = house.evaluator().run(house.as_of - 3, live=True)
    assert (report["live"], report["week_to"]) == (False, "2026-02-26")
    assert rows_of(house, report["id"])[LEAVER]["verdict"] == "alert"


def test_nobody_known_is_an_empty_dry_evaluation(house: House) -> None:
    """So that the week is still to be evaluated once sales have been imported."""
    report = house.evaluator().run(house.as_of, live=True)
    assert (report["judged"], report["verdicts"], report["threshold"]) == (0, {}, None)
    assert (report["live"], report["state"], report["would_open"]) == (False, "done", [])
    house.populate(REGULARS)
    assert house.evaluator().run(house.as_of, live=True)["judged"] == len(REGULARS)


def test_a_live_one_that_a_newer_week_overtook_is_swept_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 10)
    house.populate(REGULARS)
    with pytest.raises(Broken):
        house.evaluator().run(house.as_of, live=True, progress=breaks_after(2))
    house.evaluator().run(house.as_of - DAYS, live=False)
    assert count(house, evaluation) == 2  # it can still be finished
    house.pass_weeks(1)
    house.evaluator().run(house.as_of, live=True)
    with house.database.read() as connection:
        found = connection.execute(select(evaluation.c.live, evaluation.c.as_of)).all()
    assert sorted(found) == [(False, house.as_of - 2 * DAYS), (True, house.as_of)]
    assert count(house, standing) == 2 * len(REGULARS)


def test_young_data_judge_nobody_and_say_so(house: House) -> None:
    house.populate(REGULARS, weeks=5)
    report = house.evaluator().run(house.as_of, live=True)
    assert report["verdicts"] == {"too_little_history": len(REGULARS)}
    assert report["threshold"] is None


def test_who_was_silent_for_twelve_weeks_is_lost_already(house: House) -> None:
    house.populate([*REGULARS, "gone"], leavers=["gone"], gone=12)
    report = house.evaluator().run(house.as_of, live=True)
    assert report["verdicts"]["already_lost"] == 1
    assert rows_of(house, report["id"])["gone"]["score"] is None


def test_customers_who_bought_only_later_are_not_there_yet(house: House) -> None:
    house.populate(REGULARS)
    house.add("new", [Trade(house.as_of, 5 * EURO)])
    report = house.evaluator().run(house.as_of, live=True)
    assert "new" not in rows_of(house, report["id"])


def test_another_holder_goes_on_where_the_first_left_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 10)
    house.populate(EVERYBODY, leavers=[LEAVER])
    with pytest.raises(Broken):
        house.evaluator().run(house.as_of, live=True, progress=breaks_after(2))
    assert count(house, standing) == 20
    assert due_rows(house) == set()
    seen: list[int] = []
    again = house.evaluator().run(
        house.as_of, live=True, progress=lambda done, _: seen.append(done)
    )
    assert seen == [20, 30, 31]
    assert count(house, evaluation) == 1
    assert again["judged"] == len(EVERYBODY)
    interrupted = rows_of(house, again["id"])
    with house.database.write() as connection:
        for table in (due_table, standing, evaluation, score_histogram):
            connection.execute(table.delete())
    whole = house.evaluator().run(house.as_of, live=True)
    assert rows_of(house, whole["id"]) == interrupted


def test_a_crash_before_the_choice_is_made_good(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.populate(EVERYBODY, leavers=[LEAVER])
    with monkeypatch.context() as patch:

        def crash(*_: object) -> None:
            raise Broken

        patch.setattr(selection, "changed_customers", crash)
        with pytest.raises(Broken):
            house.evaluator().run(house.as_of, live=True)
    assert due_rows(house) == set()
    report = house.evaluator().run(house.as_of, live=True)
    assert rows_of(house, report["id"])[LEAVER]["rank"] == 1
    assert (LEAVER, "week", due.WEEK) in due_rows(house)


def test_a_broken_dry_one_is_swept_away_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHUNK", 10)
    house.populate(EVERYBODY)
    with pytest.raises(Broken):
        house.evaluator().run(house.as_of - DAYS, live=False, progress=breaks_after(2))
    report = house.evaluator().run(house.as_of - DAYS, live=False)
    assert count(house, evaluation) == 1
    assert count(house, standing) == len(EVERYBODY) == report["judged"]


def test_old_standings_are_forgotten(house: House) -> None:
    house.populate(REGULARS)
    house.evaluator().run(house.as_of, live=True)
    house.pass_weeks(60)
    house.evaluator().run(house.as_of, live=True)
    assert count(house, standing) == 2 * len(REGULARS)
    house.pass_weeks(1)
    house.evaluator().run(house.as_of, live=True)
    assert count(house, standing) == 2 * len(REGULARS)
    assert count(house, evaluation) == 3


def test_only_one_evaluates_at_a_time(house: House) -> None:
    house.populate(REGULARS)
    other = Lease(house.database, "evaluation", "another")
    other.acquire()
    with pytest.raises(EvaluationRunning):
        house.evaluator().run(house.as_of, live=True)
    assert house.evaluator().step() is False
    other.release()
    assert house.evaluator().step() is True


def test_what_comes_in_while_it_runs_is_judged_once_more(house: House) -> None:
    numbers = house.populate(REGULARS)

    def arrives(done: int, total: int) -> None:
        if done < total:
            with house.database.write() as connection:
                late = house.as_of - 3
                add_trade(connection, numbers["regular 3"], [Trade(late, EURO, currency="USD")])
                now = [Trade(house.as_of, EURO)]
                add_trade(connection, numbers["regular 4"], now)
                add_event(connection, numbers["regular 5"], "complaint", house.as_of)

    report = house.evaluator().run(house.as_of, live=True, progress=arrives)
    late = {(name, reason) for name, reason, _ in due_rows(house) if reason == "late"}
    assert late == {("regular 3", "late"), ("regular 5", "late")}
    assert rows_of(house, report["id"])["regular 3"]["verdict"] != "no_rate"  # as it began


def shuffled_house(house: House, seed: int) -> list[tuple[str, list[Trade]]]:
    """The same facts in another order of customers and of trades."""
    begin = house.as_of - 7 * 46
    facts = [
        (name, steady(name, begin, house.as_of - (28 if name == LEAVER else 0)))
        for name in EVERYBODY
    ]
    refunds = [Trade(house.as_of - 9, 50 * EURO, "refund", id="r1")]
    facts.append(("returner", [*steady("returner", begin, house.as_of), *refunds]))
    rng = random.Random(seed)
    rng.shuffle(facts)
    for _, trades in facts:
        rng.shuffle(trades)
    return facts


def test_a_dry_evaluation_hangs_on_the_facts_not_on_their_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_sample, "SAMPLE", 25)
    answers = []
    for seed in (1, 2):
        with house.database.write() as connection:
            for table in (due_table, standing, evaluation, score_histogram):
                connection.execute(table.delete())
            for name in ("event", "customer_day", "customer"):
                connection.exec_driver_sql(f"DELETE FROM {name}")
        for name, trades in shuffled_house(house, seed):
            house.add(name, trades)
        report = house.evaluator().run(house.as_of - DAYS, live=False)
        answers.append((rows_of(house, report["id"]), report["threshold"], report["portfolio"]))
        assert report["portfolio"]["customers"] == 25
    assert answers[0] == answers[1]


def test_evidence_raises_the_score_but_not_the_parts(house: House) -> None:
    numbers = house.populate(REGULARS)
    plain = rows_of(house, house.evaluator().run(house.as_of - DAYS, live=False)["id"])
    body = b'{"data": {"severity": "high"}}'
    with house.database.write() as connection:
        day = house.as_of - DAYS - 30
        add_event(connection, numbers["regular 7"], "complaint", day, body=body)
    changed = rows_of(house, house.evaluator().run(house.as_of - DAYS, live=False)["id"])
    one, other = plain["regular 7"], changed["regular 7"]
    assert other["score"] == pytest.approx(one["score"] + 1.2 * 0.5)  # it halves in 30 days
    assert other["raw"] == one["raw"]
    del plain["regular 7"], changed["regular 7"]
    assert changed == plain


def test_the_sample_is_no_larger_than_needed_and_everybody_is_judged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_sample, "SAMPLE", 12)
    monkeypatch.setattr(portfolio_sample, "BLOCK", 5)
    house.populate(REGULARS)
    report = house.evaluator().run(house.as_of, live=True)
    assert report["portfolio"]["customers"] == 12
    assert report["judged"] == len(REGULARS)


def test_a_closed_cohort_has_no_season(house: House) -> None:
    house.populate(REGULARS)
    closed = house.evaluator().run(house.as_of - DAYS, live=False)
    assert set(closed["portfolio"]["season"]) == {1.0}
    house.add("newcomer", steady("newcomer", house.as_of - 30, house.as_of))
    open_ = house.evaluator().run(house.as_of - DAYS, live=False)
    assert len(set(open_["portfolio"]["season"])) > 1
