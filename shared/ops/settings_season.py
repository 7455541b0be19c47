"""Settings of the year's calendar: whose public holidays a company keeps."""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from shared.ops.public_holidays import known_place


class SeasonSettings(BaseSettings):
    """Without a country no week is a holiday's, and nobody is thought to close every year."""

    country: str = Field(
        "",
        description="Country of the public holidays, as ISO 3166 writes it (ES); empty: none. With "
        "it, customers who closed at this time last year are expected to close again.",
    )
    subdivision: str = Field(
        "", description="Its region, where holidays differ by region (MD); empty: none."
    )

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value and not known_place(value):
            raise ValueError("no public holidays are known of it; write it as ES for Spain")
        return value

    @field_validator("subdivision")
    @classmethod
    def _part_of_the_country(cls, value: str, info: ValidationInfo) -> str:
        country = info.data.get("country")
        if value and not (country and known_place(country, value)):
            raise ValueError("no part of VIGIA_COUNTRY; write it as MD for Madrid, or leave it out")
        return value
