"""Settings of what is judged beside the score: own gaps, categories, and common causes."""

from pydantic import Field
from pydantic_settings import BaseSettings


class CauseSettings(BaseSettings):
    """See docs/detection.md."""

    gap_budget_per_rep: int = Field(
        2, ge=0, description="Alerts of a rep's budget about occasional buyers, at most."
    )
    category_budget_per_rep: int = Field(
        1, ge=0, description="The same, for nothing but a category that was left."
    )
    evidence_category: float = Field(
        0.3, description="Log odds of a category that was left by somebody who still buys."
    )
    category_odds: float = Field(
        1.1, ge=0, description="Log odds from which a category counts as left; 1.1 is three to one."
    )
    cause_customers: int = Field(
        10,
        ge=0,
        description="Customers of a group whose common fall is one alert; 0: no such alerts.",
    )
    cause_drop: float = Field(
        0.2, gt=0, lt=1, description="Share by which such a group must have fallen at least."
    )
