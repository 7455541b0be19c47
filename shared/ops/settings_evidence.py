"""Settings of evidence beside buying; docs/evidence.md says why each default is what it is."""

from pydantic import Field
from pydantic_settings import BaseSettings


class EvidenceSettings(BaseSettings):
    """Log likelihood ratios of new, unsettled evidence, and how fast it fades."""

    evidence_complaint_low: float = Field(0.3, description="Log odds of an open low complaint.")
    evidence_complaint_medium: float = Field(0.7, description="The same, medium.")
    evidence_complaint_high: float = Field(1.2, description="The same, high.")
    evidence_survey: float = Field(0.6, description="Log odds of a detractor's survey.")
    evidence_payment: float = Field(0.8, description="Log odds of a missed payment.")
    evidence_payment_late: float = Field(0.4, description="The same, late.")
    evidence_cancellation: float = Field(
        3.0, description="Log odds of a requested cancellation, which always alerts."
    )
    evidence_cancellation_confirmed: float = Field(
        4.0, description="The same, confirmed by somebody who bought again since."
    )
    evidence_cancellation_withdrawn: float = Field(0.5, description="The same, withdrawn.")
    evidence_no_contact: float = Field(
        0.4, description="Log odds of no visit, call or mail for much longer than usual."
    )
    evidence_group_loss: float = Field(
        0.5, description="Log odds of a customer of the same group who was lost."
    )
    evidence_half_life_days: float = Field(
        30.0, gt=0, le=365, description="Days in which evidence loses half of its weight."
    )
