"""Every event Vigía takes in: a CloudEvent 1.0 whose `data` is known by its `type`.

Build them with `shared.contract.reading.read_event`; it also applies the rules that need the
present time.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.contract.facts import (
    CancellationData,
    ComplaintData,
    ComplaintResolvedData,
    ContactData,
    CustomerData,
    EngagementData,
    FeedData,
    Line,
    Money,
    PaymentData,
    PurchaseData,
    Reason,
    RefundData,
    RepData,
    SurveyData,
)
from shared.contract.values import (
    Attribute,
    ContentType,
    Identifier,
    Instant,
    NoRevision,
    Revision,
)


class Envelope(BaseModel):
    """What every event carries around its `data`.

    `source` and `id` name the fact for ever; `subject` is the customer (the rep of a `rep`
    event, the source of a `feed` event); `time` is when it happened, in UTC.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Identifier
    source: Identifier
    subject: Identifier
    time: Instant
    revision: NoRevision = 0
    specversion: Literal["1.0"] = "1.0"
    traceparent: Attribute | None = None
    tracestate: Attribute | None = None
    partitionkey: Attribute | None = None
    dataschema: Attribute | None = None
    datacontenttype: ContentType | None = None
    sequence: Attribute | None = None


class Document(Envelope):
    """An event that may be corrected: of one source and id the highest revision counts."""

    revision: Revision = 0


class Purchase(Document):
    type: Literal["purchase"]
    data: PurchaseData


class Refund(Document):
    type: Literal["refund"]
    data: RefundData


class Complaint(Envelope):
    type: Literal["complaint"]
    data: ComplaintData


class ComplaintResolved(Envelope):
    type: Literal["complaint_resolved"]
    data: ComplaintResolvedData


class Survey(Envelope):
    type: Literal["survey"]
    data: SurveyData


class Payment(Document):
    type: Literal["payment"]
    data: PaymentData


class Cancellation(Envelope):
    type: Literal["cancellation"]
    data: CancellationData


class Contact(Envelope):
    type: Literal["contact"]
    data: ContactData


class Engagement(Envelope):
    type: Literal["engagement"]
    data: EngagementData


class Feed(Envelope):
    type: Literal["feed"]
    data: FeedData

    @field_validator("subject")
    @classmethod
    def speaks_of_its_source(cls, subject: str, info: ValidationInfo) -> str:
        """`subject` repeats `source`."""
        if subject != info.data.get("source", subject):
            raise PydanticCustomError("subject", "must be the source")
        return subject


class CustomerMaster(Envelope):
    type: Literal["customer"]
    data: CustomerData


class RepMaster(Envelope):
    type: Literal["rep"]
    data: RepData


Event = (
    Purchase
    | Refund
    | Complaint
    | ComplaintResolved
    | Survey
    | Payment
    | Cancellation
    | Contact
    | Engagement
    | Feed
    | CustomerMaster
    | RepMaster
)
AnyEvent = Annotated[Event, Field(discriminator="type")]

EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {
        "purchase": Purchase,
        "refund": Refund,
        "complaint": Complaint,
        "complaint_resolved": ComplaintResolved,
        "survey": Survey,
        "payment": Payment,
        "cancellation": Cancellation,
        "contact": Contact,
        "engagement": Engagement,
        "feed": Feed,
        "customer": CustomerMaster,
        "rep": RepMaster,
    }
)

__all__ = [
    "EVENT_TYPES",
    "AnyEvent",
    "Cancellation",
    "CancellationData",
    "Complaint",
    "ComplaintData",
    "ComplaintResolved",
    "ComplaintResolvedData",
    "Contact",
    "ContactData",
    "CustomerData",
    "CustomerMaster",
    "Document",
    "Engagement",
    "EngagementData",
    "Envelope",
    "Event",
    "Feed",
    "FeedData",
    "Line",
    "Money",
    "Payment",
    "PaymentData",
    "Purchase",
    "PurchaseData",
    "Reason",
    "Refund",
    "RefundData",
    "RepData",
    "RepMaster",
    "Survey",
    "SurveyData",
]
