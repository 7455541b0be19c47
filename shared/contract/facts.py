"""What each type of event says in its `data`. Unknown fields are kept beside the known ones."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from shared.contract.decimals import Amount, AmountOrZero, AmountText, QuantityText, Rate
from shared.contract.plain import Plain, PlainKey, plain, plain_key
from shared.contract.values import (
    Currency,
    Day,
    Email,
    Flag,
    FreeText,
    Identifier,
    Instant,
    Label,
    Language,
    TimeZone,
)

Reason = Literal[
    "indifference",
    "dissatisfaction",
    "price",
    "competitor",
    "circumstances",
    "own_error",
    "got_worse",
    "terms_changed",
    "rep_conflict",
    "substitute",
    "other",
]


class Facts(BaseModel):
    """Fields that were not sent are None and not in `model_fields_set`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    __pydantic_extra__: dict[PlainKey, Plain]


# Orders have many lines: a plain dict costs half of what a model does, and its numbers stay
# text because nobody computes with them on the way.
@with_config(ConfigDict(extra="allow", hide_input_in_errors=True))
class Line(TypedDict):
    """One line of a receipt; its numbers are text in digits, exact."""

    sku: Identifier
    quantity: QuantityText
    amount: AmountText
    cost: NotRequired[AmountText | None]
    category: NotRequired[Label | None]


_LINE_FIELDS = frozenset(Line.__annotations__)


def _keep_unknown(lines: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    for line in lines:
        if not _LINE_FIELDS.issuperset(line):
            for key in line.keys() - _LINE_FIELDS:
                line[plain_key(key)] = plain(line[key], depth=5)
    return lines


Lines = Annotated[tuple[Line, ...], Field(fail_fast=True), AfterValidator(_keep_unknown)]


class Money(Facts):
    """An amount, which may be nothing, and its currency."""

    amount: AmountOrZero
    currency: Currency


class PurchaseData(Facts):
    amount: Amount
    currency: Currency
    lines: Lines | None = None
    channel: Label | None = None
    payment_method: Label | None = None
    rep: Identifier | None = None


class RefundData(Facts):
    """`purchase` is the id of what was bought, at the same source."""

    amount: Amount
    currency: Currency
    purchase: Identifier | None = None
    lines: Lines | None = None


class ComplaintData(Facts):
    severity: Literal["low", "medium", "high"]
    topic: Label | None = None
    text: FreeText | None = None
    channel: Literal["call_centre", "rep", "web", "store", "other"] | None = None


class ComplaintResolvedData(Facts):
    complaint: Identifier
    compensation: Money | None = None


Score = Annotated[int, Field(strict=True, ge=0, le=10)]
_SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


def _few(aspects: object) -> object:
    """Counted before they are read: each may be wrong on its own."""
    if isinstance(aspects, dict) and len(aspects) > 100:
        raise PydanticCustomError("too_many", "must have at most 100 entries")
    return aspects


class SurveyData(Facts):
    kind: Literal["nps", "csat", "ces"]
    score: Score
    aspects: (
        Annotated[dict[PlainKey, Score], Field(max_length=100), BeforeValidator(_few)] | None
    ) = None
    comment: FreeText | None = None

    @field_validator("score")
    @classmethod
    def on_the_scale(cls, score: int, info: ValidationInfo) -> int:
        """`score` lies on the scale of its kind of survey."""
        lowest, highest = _SCALES.get(info.data.get("kind", ""), (0, 10))
        if not lowest <= score <= highest:
            raise PydanticCustomError("scale", "must be 0-10 for nps, 1-5 for csat, 1-7 for ces")
        return score


class PaymentData(Facts):
    status: Literal["missed", "late", "paid"]
    amount: AmountOrZero
    currency: Currency
    due_on: Day


class CancellationData(Facts):
    stage: Literal["requested", "confirmed", "withdrawn"]
    reason: Reason | None = None
    text: FreeText | None = None


class ContactData(Facts):
    rep: Identifier
    channel: Literal["visit", "call", "email", "chat"]
    note: FreeText | None = None


class EngagementData(Facts):
    kind: Literal["referral", "loyalty"]
    detail: FreeText | None = None


class FeedData(Facts):
    """The source has sent everything that happened up to `complete_until`."""

    complete_until: Instant


class CustomerData(Facts):
    """Master data: a field not sent is unchanged, a field sent as null is cleared."""

    name: Label | None = None
    rep: Identifier | None = None
    segment: Label | None = None
    region: Label | None = None
    group: Label | None = None
    since: Day | None = None
    margin_rate: Rate | None = None
    acquisition_cost: AmountOrZero | None = None
    locale: Language | None = None
    phone: Label | None = None
    active: Flag | None = None


class RepData(Facts):
    """Master data of a rep; `working_hours` is kept as sent."""

    name: Label
    email: Email | None = None
    manager: Identifier | None = None
    locale: Language | None = None
    time_zone: TimeZone | None = None
    working_hours: Plain | None = None
    active: Flag | None = None


__all__ = [
    "CancellationData",
    "ComplaintData",
    "ComplaintResolvedData",
    "ContactData",
    "CustomerData",
    "EngagementData",
    "FeedData",
    "Line",
    "Money",
    "PaymentData",
    "PurchaseData",
    "Reason",
    "RefundData",
    "RepData",
    "SurveyData",
]
