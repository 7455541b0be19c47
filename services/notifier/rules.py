"""The company's rules: whom a message goes to, by which channels and when. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.ops.errors import ConfigurationError
from shared.ops.settings_messages import Rule

URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Subject:
    """What rules look at. `value`: at risk a year in the company's currency, if it is known."""

    severity: str
    segment: str | None = None
    region: str | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a message is to go out; `rule` is the number of the rule that says so, from 1."""

    to: str = "rep"
    channels: tuple[str, ...] = ()
    instant: bool = False
    any_hour: bool = False
    rule: int | None = None


DEFAULT = Manner()
AT_ONCE = Manner(instant=True, any_hour=True)  # what operators hear, whatever the rules are


def manner_of(rules: Sequence[Rule], subject: Subject, *, urgent_any_hour: bool) -> Manner:
    """The first rule that fits decides, and the defaults what it leaves open.

    By default urgent messages go out at once, and all others in a digest.
    """
    urgent = subject.severity == URGENT
    for number, rule in enumerate(rules, 1):
        if _fits(rule, subject):
            return Manner(
                to=rule.to or DEFAULT.to,
                channels=rule.channels,
                instant=urgent if rule.when is None else rule.when == "instant",
                any_hour=urgent and urgent_any_hour if rule.any_hour is None else rule.any_hour,
                rule=number,
            )
    return Manner(instant=urgent, any_hour=urgent and urgent_any_hour)


def require_channels(rules: Sequence[Rule], known: Collection[str]) -> None:
    """Raises ConfigurationError when a rule names a channel that there is not."""
    for number, rule in enumerate(rules, 1):
        unknown = [name for name in rule.channels if name not in known]
        if unknown:
            raise ConfigurationError(
                f"rule {number} of VIGIA_ROUTING names a channel that there is not; choose among "
                + ", ".join(known)
            )


def _fits(rule: Rule, subject: Subject) -> bool:
    least = rule.value_at_least
    return (
        (not rule.severity or subject.severity in rule.severity)
        and (not rule.segment or subject.segment in rule.segment)
        and (not rule.region or subject.region in rule.region)
        and (least is None or (subject.value is not None and subject.value >= least))
    )
