"""The sentence, for every kind of evidence, in both languages."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.wording import language, sentence
from shared.wording.items import lines

TODAY = date(2011, 12, 5)
DROP: dict[str, Any] = {
    "kind": "drop",
    "usual_days_per_week": 3.1,
    "weekly_usual": "420.00",
    "window_weeks": 2,
    "days": 1,
    "amount": "90.00",
    "expected_days": 6.2,
    "once_in": 900,
    "currency": "EUR",
    "as_of": "2011-12-05",
}
COMPLAINT: dict[str, Any] = {
    "kind": "complaint",
    "severity": "high",
    "topic": "late delivery",
    "day": "2011-11-26",
    "resolved": False,
    "event": {"source": "calls", "id": "t1"},
}
VALUE = {"kind": "value", "amount": "18600.00", "currency": "EUR"}
PAYMENT = {
    "kind": "payment",
    "status": "missed",
    "amount": "300",
    "currency": "EUR",
    "due_on": "2011-11-20",
    "day": "2011-12-01",
    "resolved": False,
}
SURVEY = {"kind": "survey", "survey": "nps", "score": 2, "day": "2011-11-30"}
CANCELLATION = {
    "kind": "cancellation",
    "stage": "requested",
    "reason": "price",
    "day": "2011-12-05",
}
PURCHASE = {"kind": "purchase", "day": "2011-12-03", "amount": "310.50", "currency": "EUR"}


def say(*evidence: dict[str, Any], locale: str = "en") -> str:
    return sentence(evidence, locale=locale, as_of=TODAY)


def test_the_example_of_the_contract() -> None:
    assert say(DROP, COMPLAINT, VALUE) == (
        "Usually buys 3.1 times a week for 420 EUR; in the last 2 weeks once for 90 EUR "
        "(6.2 times expected at this season). By chance that happens once in 900 such windows. "
        "1 complaint (late delivery) 9 days ago. 18,600 EUR a year at risk."
    )


def test_the_same_in_spanish() -> None:
    assert say(DROP, COMPLAINT, VALUE, locale="es") == (
        "Suele comprar 3,1 veces a la semana, 420 EUR en total; en las 2 últimas semanas, una vez, "
        "90 EUR (en esta época se esperaban 6,2 compras). Por casualidad, eso pasa una de cada 900 "
        "veces. 1 reclamación (late delivery) hace 9 días. En riesgo: 18.600 EUR al año."
    )


def test_somebody_who_comes_as_often_and_leaves_less_money() -> None:
    spend = {
        "kind": "spend", "weekly_usual": "484.67", "weekly_now": "87.71", "window_weeks": 4,
        "currency": "GBP", "as_of": "2011-12-05",
    }  # fmt: skip
    assert say(spend, VALUE).startswith(
        "Usually spends 485 GBP a week; in the last 4 weeks 87.71 GBP a week. 18,600 EUR"
    )
    assert say(spend, locale="es") == (
        "Suele gastar 485 GBP a la semana; en las 4 últimas semanas, 87,71 GBP a la semana."
    )


def test_a_chance_that_is_no_surprise_is_not_told() -> None:
    assert "chance" not in say({**DROP, "once_in": 4})
    assert "once in 5 such" in say({**DROP, "once_in": 5})


def test_the_order_of_the_evidence_does_not_matter() -> None:
    assert say(VALUE, DROP, CANCELLATION) == say(CANCELLATION, VALUE, DROP)


@pytest.mark.parametrize(
    ("probability", "of_ten"), [(0.581, "6"), (0.25, "3"), (0.999, "9"), (0.24, None), (0.01, None)]
)
def test_how_many_such_customers_leave(probability: float, of_ten: str | None) -> None:
    """In whole customers of ten; that few leave is not what an alert should end with."""
    item = {"kind": "probability", "probability": probability, "weeks": 8}
    english, spanish = (say(VALUE, item, locale=locale) for locale in ("en", "es"))
    if of_ten is None:
        assert (english, spanish) == (say(VALUE), say(VALUE, locale="es"))
        return
    assert english == (
        f"About {of_ten} in 10 such customers buy less than half as much in the next two months. "
        "18,600 EUR a year at risk."
    )
    assert spanish == (
        f"De cada 10 clientes así, unos {of_ten} compran menos de la mitad en los dos meses "
        "siguientes. En riesgo: 18.600 EUR al año."
    )


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (7.0, "7 times a week for 420 EUR"),
        (2.0, "twice a week for 420 EUR"),
        (1.0, "once a week for 420 EUR"),
        (0.97, "once a week for 420 EUR"),
        (0.9, "about every 8 days for 467 EUR"),
        (0.7, "about every 10 days for 600 EUR"),
        (0.5, "about every 2 weeks for 840 EUR"),
        (1 / 3, "about every 3 weeks for 1,260 EUR"),
        (0, "for 420 EUR a week"),
    ],
)
def test_a_habit_is_told_as_people_say_it(rate: float, expected: str) -> None:
    assert say({**DROP, "usual_days_per_week": rate}).startswith(f"Usually buys {expected};")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"days": 0, "amount": "0"}, "in the last 2 weeks not at all (6.2 times expected"),
        ({"days": 2}, "in the last 2 weeks twice for 90 EUR"),
        ({"days": 3, "window_weeks": 1}, "in the last week 3 times for 90 EUR"),
        ({"expected_days": 1.04}, "(once expected at this season)"),
        ({"expected_days": 0.8}, "(0.8 times expected at this season)"),
        ({"expected_days": 0.01}, "for 90 EUR. By chance"),
        ({"once_in": 9999}, "less than once in 9,999 such windows."),
        ({"once_in": 1}, "at this season)."),
        ({"amount": "4.5"}, "once for 4.50 EUR"),
        ({"amount": "99.999"}, "once for 100 EUR"),
        ({"amount": "1234567.5", "currency": "JPY"}, "once for 1,234,568 JPY"),
    ],
)
def test_the_window_and_its_chance(changes: dict[str, Any], expected: str) -> None:
    assert expected in say({**DROP, **changes})


def test_an_ordinary_window_is_not_called_chance() -> None:
    assert "chance" not in say({**DROP, "once_in": 1})


@pytest.mark.parametrize(
    ("item", "english", "spanish"),
    [
        (
            CANCELLATION,
            "Asked to cancel today (price).",
            "Pidió la baja hoy (precio).",
        ),
        (
            {**CANCELLATION, "stage": "confirmed", "reason": None, "day": "2011-12-04"},
            "Cancelled yesterday.",
            "Se dio de baja ayer.",
        ),
        (
            SURVEY,
            "Rated us 2 of 10 (NPS) 5 days ago.",
            "Nos puntuó con 2 sobre 10 (NPS) hace 5 días.",
        ),
        (
            PAYMENT,
            "Payment of 300 EUR, due on November 20, was missed.",
            "No ha pagado los 300 EUR que vencían el 20 de noviembre.",
        ),
        (
            {**PAYMENT, "status": "late"},
            "Payment of 300 EUR, due on November 20, is late.",
            "Se retrasa en pagar los 300 EUR que vencían el 20 de noviembre.",
        ),
        (
            {**PAYMENT, "resolved": True, "due_on": "2010-11-20"},
            "Payment of 300 EUR, due on November 20, 2010, was settled late.",
            "Pagó tarde los 300 EUR que vencían el 20 de noviembre de 2010.",
        ),
        (
            PURCHASE,
            "Bought again on Saturday for 311 EUR.",
            "Volvió a comprar el sábado: 311 EUR.",
        ),
        (
            {**COMPLAINT, "resolved": True, "topic": None},
            "1 complaint 9 days ago, settled since.",
            "1 reclamación hace 9 días, ya resuelta.",
        ),
        ({**VALUE, "amount": "0.00"}, "", ""),
        ({"kind": "weeks", "amounts": []}, "", ""),
        ({"kind": "of the future", "day": "2011-12-01"}, "", ""),
    ],
)
def test_other_evidence(item: dict[str, Any], english: str, spanish: str) -> None:
    assert say(item) == english
    assert say(item, locale="es") == spanish


def test_several_complaints_are_counted_and_the_settled_left_out() -> None:
    again = {**COMPLAINT, "day": "2011-12-02", "topic": "wrong item"}
    settled = {**COMPLAINT, "day": "2011-12-03", "topic": "noise", "resolved": True}
    assert say(COMPLAINT, again, settled) == (
        "2 complaints (wrong item, late delivery), the last 3 days ago."
    )


def test_several_purchases_are_added_up_by_currency() -> None:
    again = {**PURCHASE, "amount": "100", "day": "2011-12-05"}
    dollars = {**PURCHASE, "currency": "USD"}
    assert say(PURCHASE, again, dollars) == (
        "Bought again twice, last today, for 411 EUR in all. Bought again on Saturday for 311 USD."
    )


def test_what_a_customer_wrote_is_one_short_line() -> None:
    topic = "late\r\nBcc: a@b.example\u202e \x00" + "very " * 500
    said = say({**COMPLAINT, "topic": topic})
    assert said.startswith("1 complaint (late Bcc: a@b.example very very")
    assert said.isprintable()
    assert len(said) < 100


def test_a_topic_is_never_read_as_a_template() -> None:
    assert "{ago} %s" in say({**COMPLAINT, "topic": "{ago} %s"})


def test_many_topics_are_not_all_told() -> None:
    many = [{**COMPLAINT, "topic": f"topic {n}"} for n in range(9)]
    assert say(*many) == "9 complaints (topic 0, topic 1, topic 2, …), the last 9 days ago."


@pytest.mark.parametrize(
    ("locale", "amount"),
    [("es_MX", "18,600 EUR"), ("es-ES", "18.600 EUR"), ("fr", "18,600 EUR"), ("", "18,600 EUR")],
)
def test_regions_decide_on_numbers(locale: str, amount: str) -> None:
    assert amount in say(VALUE, locale=locale)


def test_a_locale_that_is_not_spoken_falls_back_to_the_companys() -> None:
    assert language("fr-FR", "es").code == "es"
    assert language(None, "es").code == "es"
    assert language("es-XX").number(Decimal("1234.5")) == "1.234,5"
    assert language("en_GB").day(date(2011, 11, 26), TODAY) == "26 November"


def test_a_list_names_every_event_with_its_date() -> None:
    evidence = [DROP, VALUE, COMPLAINT, PAYMENT, SURVEY, CANCELLATION, PURCHASE]
    assert lines(evidence, language("en"), TODAY) == [
        "Cancellation requested today (price)",
        "Bought again on Saturday: 311 EUR",
        "Payment missed: 300 EUR, due on November 20",
        "Survey on Wednesday: 2 of 10 (NPS)",
        "Complaint on November 26 (late delivery): serious, not settled",
    ]
    assert lines([COMPLAINT], language("es"), TODAY) == [
        "Reclamación el 26 de noviembre (late delivery): grave, sin resolver"
    ]
