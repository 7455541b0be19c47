"""An alert's score, computed again from what was stored and from the days: equal, or why not."""

from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from services.detector.explanation import Explanation, explain
from shared.domain.calculation import EQUAL
from shared.domain.recount import NO_CHANGES
from shared.storage.tables import calculation, customer, event
from shared.wording import language
from shared.wording.explanation import Circumstances, outcome_lines, recount_lines
from tests.detector.town import CALENDAR, MONDAY, Town
from tests.postgres.kinds import every_town


def explained(town: Town, name: str) -> Explanation:
    one = town.alerts(name)[0]
    with town.database.read() as connection:
        return explain(connection, one.id, settings=town.settings, calendar=CALENDAR)


def told(answer: Explanation, locale: str = "en") -> str:
    (one, *_) = answer.recounts
    around = Circumstances(one.moment, one.as_of, one.threshold, "EUR")
    return "\n".join(recount_lines(one.found, around, language(locale)))


def alarmed(town: Town) -> None:
    """The leaver has an alert by score, with a complaint and a silence of ours beside it."""
    for n in range(8):
        town.tells("leaver", "contact", f"v{n}", MONDAY - timedelta(days=70 + 14 * n), rep="ana")
    town.tells("regular-06", "contact", "v", MONDAY - timedelta(days=2), rep="ana")
    town.complains("leaver", MONDAY - timedelta(days=20), "medium")
    town.work()
    town.evaluate()
    town.work()


@every_town
def test_both_ways_lead_to_the_stored_score(town: Town) -> None:
    alarmed(town)
    one = town.alert("leaver")
    answer = explained(town, "leaver")
    (recounted,) = answer.recounts
    found = recounted.found
    assert (recounted.moment, found.outcome) == ("opening", "equal")
    assert found.today is not None
    assert one.score == pytest.approx(found.kept.steps.score, abs=EQUAL)
    assert found.again.score == pytest.approx(one.score, abs=EQUAL)
    assert found.today.steps.score == pytest.approx(one.score, abs=EQUAL)
    assert found.changes == NO_CHANGES
    assert sum(bool(added) for added in found.kept.steps.added) == 2
    assert answer.to_dict()["calculations"][0]["outcome"] == "equal"


def test_the_steps_add_up_to_the_score(town: Town) -> None:
    alarmed(town)
    steps = explained(town, "leaver").recounts[0].found.again
    weights = {"change": 0.245, "outlook": 0.349, "level4": -0.141, "longrun": -0.568,
               "dips": 0.562, "swing": 0.153, "tenure": -0.804}  # fmt: skip
    raw = 3.15 + sum(weights[name] * value for name, value in steps.parts.items())
    assert steps.raw == pytest.approx(raw)
    assert steps.score == pytest.approx(raw - steps.shift + sum(steps.added))


def test_a_late_correction_is_named_and_the_stored_score_stands(town: Town) -> None:
    alarmed(town)
    before = town.alert("leaver").score
    town.buys("leaver", [MONDAY - timedelta(days=10)], amount=310)
    found = explained(town, "leaver").recounts[0].found
    assert found.outcome == "changed"
    assert found.again.score == pytest.approx(before, abs=EQUAL)
    assert found.today is not None
    assert found.today.steps.score < found.again.score
    (week,) = found.changes.weeks
    assert (week.back, week.spend_then, week.spend_now, week.days_now) == (1, 0, 310, 1)
    said = told(explained(town, "leaver"))
    assert "week of February 16: 310 EUR (1), it was 0 EUR (0)" in said


def test_evidence_that_became_known_later_or_is_gone_is_named(town: Town) -> None:
    alarmed(town)
    with town.database.write() as connection:
        gone = update(event).where(event.c.id == "c1").values(state="replaced")
        connection.execute(gone)
    town.tells("leaver", "survey", "s1", MONDAY - timedelta(days=5), kind="nps", score=1)
    found = explained(town, "leaver").recounts[0].found
    assert [item["kind"] for item in found.changes.new] == ["survey"]
    assert [item["kind"] for item in found.changes.gone] == ["complaint"]
    said = told(explained(town, "leaver"))
    assert "known since: Survey on Wednesday: 1 of 10 (NPS)" in said
    assert "no longer so: Complaint on February 10" in said


def test_what_happened_after_the_opening_is_no_correction(town: Town) -> None:
    alarmed(town)
    town.clock.move_to(town.clock.now() + timedelta(hours=9))
    town.tells("leaver", "complaint", "c2", MONDAY, 14, severity="high", topic="taste")
    town.tells("leaver", "complaint_resolved", "r1", MONDAY, 14, complaint="c1")
    assert explained(town, "leaver").recounts[0].found.outcome == "equal"
    town.work()
    opening, newest = explained(town, "leaver").recounts
    assert (opening.found.outcome, newest.found.outcome) == ("equal", "equal")
    assert newest.found.kept.steps.score == pytest.approx(town.alert("leaver").score, abs=EQUAL)
    assert newest.found.kept.steps.score > opening.found.kept.steps.score


def test_ratios_that_were_set_anew_since_change_no_old_score(town: Town) -> None:
    alarmed(town)
    town.decree(evidence_complaint_medium=2.0)
    assert explained(town, "leaver").recounts[0].found.outcome == "equal"


def test_a_customer_who_cannot_be_scored_any_more_is_said_so(town: Town) -> None:
    alarmed(town)
    town.unbuys("leaver", since=MONDAY - timedelta(weeks=20))
    found = explained(town, "leaver").recounts[0].found
    assert found.outcome == "unscored"
    assert "cannot be scored" in told(explained(town, "leaver"))


def test_a_score_by_another_method_is_said_so(town: Town) -> None:
    alarmed(town)
    answer = explained(town, "leaver")
    one = answer.recounts[0]
    steps = replace(one.found.kept.steps, score=one.found.kept.steps.score + 1)
    other = replace(one.found, kept=replace(one.found.kept, steps=steps))
    assert other.outcome == "method"


def test_an_alert_without_a_score_says_so(town: Town) -> None:
    town.cancels("new", MONDAY)
    town.work()
    assert explained(town, "new").recounts == []


def test_an_alert_from_before_calculations_were_kept_can_still_be_explained(town: Town) -> None:
    alarmed(town)
    with town.database.write() as connection:
        connection.execute(calculation.delete())
    answer = explained(town, "leaver")
    assert answer.recounts == []
    assert answer.opened_by is not None


def test_money_and_place_are_told_with_how_they_are_counted(town: Town) -> None:
    alarmed(town)
    standing = explained(town, "leaver").opened_by
    assert standing is not None
    said = [*outcome_lines(asdict(standing), language("en"))]
    usual, now = Decimal(standing.weekly_usual or 0), Decimal(standing.weekly_now or 0)
    assert Decimal(standing.value_at_risk or 0) == (usual - now) * 52
    assert said[0] == "Place 1 on the list of ana that week."
    value = f"{(usual - now) * 52:,.4f}".rstrip("0").rstrip(".")
    assert said[1] == f"At risk a year: ({usual.normalize()} EUR - 0 EUR) x 52 = {value} EUR."
    rated = {**asdict(standing), "margin_rate": "0.25"}
    assert "x 52 x 0,25 = " in [*outcome_lines(rated, language("es"))][1]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ["buying has dropped of late", "complaint of Feb 10", "no contact since Dec 22",
                "alerts from", "Both are what was stored", "a drop now +"]),
        ("es", ["ha bajado la compra últimamente", "reclamación del 10 feb", "punto de partida",
                "hay aviso desde", "Ambas son lo que se guardó", "una bajada ahora +"]),
    ],
)  # fmt: skip
def test_it_is_told_in_words_and_figures(town: Town, locale: str, words: list[str]) -> None:
    alarmed(town)
    said = told(explained(town, "leaver"), locale)
    assert all(word in said for word in words), said
    assert max(len(line) for line in said.splitlines()) <= 80
    assert (",70 x" if locale == "es" else "0.70 x") in said


def test_a_customer_of_a_segment_and_region_is_recounted_by_their_season(town: Town) -> None:
    town.customer("newcomer")  # where nobody joins there is no season
    town.buys("newcomer", [MONDAY - timedelta(days=20)])
    with town.database.write() as connection:
        connection.execute(update(customer).values(segment="bar", region="Norte"))
        some = customer.c.id.in_([f"regular-{n:02}" for n in range(1, 20)])
        connection.execute(update(customer).where(some).values(segment="shop"))
    alarmed(town)
    found = explained(town, "leaver").recounts[0].found
    assert found.kept.taken.weekly is not None
    assert found.kept.taken.weekly.sector == ("bar", "Norte")
    assert found.outcome == "equal"
    kept = found.kept.steps
    assert kept.confirmed is not None
    assert kept.score - 0.5 < kept.confirmed < kept.score
    assert found.today is not None
    assert found.today.steps.confirmed == pytest.approx(kept.confirmed, abs=EQUAL)
    (line,) = [row for row in told(explained(town, "leaver")).splitlines() if "own segment" in row]
    assert line.split()[-1] == f"{kept.confirmed:+.2f}"
    with town.database.write() as connection:
        connection.execute(update(customer).values(segment="bar", region="Sur"))
    changed = explained(town, "leaver").recounts[0].found
    assert changed.changes.sector
