"""The rule table: the first that fits decides, the defaults what it leaves open."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from services.notifier.rules import Manner, Subject, manner_of, require_channels
from shared.ops.errors import ConfigurationError
from shared.ops.settings_messages import Rule

BAR = Subject("warning", segment="bar", region="Norte", value=Decimal(9_000))
URGENT = Subject("urgent", segment="bar")


def manner(*rules: Rule, of: Subject = BAR) -> Manner:
    return manner_of(rules, of, urgent_any_hour=True)


def test_without_rules_urgent_is_told_at_once_and_all_else_in_a_digest() -> None:
    assert manner() == Manner(instant=False, any_hour=False)
    assert manner(of=URGENT) == Manner(instant=True, any_hour=True)
    assert not manner_of([], URGENT, urgent_any_hour=False).any_hour


def test_the_first_rule_that_fits_counts() -> None:
    hotel = Rule(segment=("hotel",), to="operator")
    large = Rule(value_at_least=Decimal(5_000), to="manager", when="instant")
    anybody = Rule(channels=("slack", "email"))
    assert manner(hotel, large, anybody) == Manner(to="manager", instant=True, rule=2)
    assert manner(hotel, anybody).channels == ("slack", "email")
    assert manner(hotel, anybody).rule == 2


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(severity=("warning", "watch")), True),
        (Rule(severity=("urgent",)), False),
        (Rule(region=("Norte",)), True),
        (Rule(region=("Sur",)), False),
        (Rule(value_at_least=Decimal(9_000)), True),
        (Rule(value_at_least=Decimal("9000.01")), False),
        (Rule(segment=("bar",), region=("Sur",)), False),  # all that it names must be true
    ],
)
def test_what_a_rule_asks_for(rule: Rule, fits: bool) -> None:
    assert (manner(rule).rule == 1) is fits


def test_an_unknown_value_is_not_large() -> None:
    assert manner(Rule(value_at_least=Decimal(0)), of=URGENT).rule is None


def test_a_rule_may_keep_urgent_messages_within_the_hours() -> None:
    quiet = Rule(severity=("urgent",), any_hour=False)
    assert manner(quiet, of=URGENT) == Manner(instant=True, any_hour=False, rule=1)


def test_rules_are_checked_at_start() -> None:
    with pytest.raises(ConfigurationError, match=r"rule 2 .* choose among email, slack"):
        require_channels([Rule(), Rule(channels=("pigeon",))], ["email", "slack"])
    with pytest.raises(ValidationError):
        Rule.model_validate({"severty": ["urgent"]})
