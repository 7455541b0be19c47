"""A mapping says how the columns of somebody's CSV file become events (TOML)."""

import re
import tomllib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from services.ingest.csv_rows import REQUIRED
from shared.currencies import known_currency
from shared.ops.errors import InputError


class Refunds(BaseModel):
    """How a refund is known: by the beginning of its id, by its negative amount, or both."""

    model_config = ConfigDict(extra="forbid")

    id_prefix: str | None = None
    negative_amount: bool = False


class Category(BaseModel):
    """Where a file without a column of categories has them: in the beginning of the sku."""

    model_config = ConfigDict(extra="forbid")

    sku_prefix: Annotated[int, Field(ge=1, le=64)] | None = None  # letters


class Columns(BaseModel):
    """The file's name for each of our columns.

    A file without a mapping has our names, and of the optional columns those it likes; a
    mapping that names columns reads no others but the four required ones.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = "id"
    time: str = "time"
    customer: str = "customer"
    amount: str = "amount"
    currency: str = "currency"
    type: str = "type"
    source: str = "source"
    sku: str = "sku"
    category: str = "category"
    quantity: str = "quantity"
    rep: str = "rep"
    segment: str = "segment"
    region: str = "region"

    def wanted(self) -> dict[str, str]:
        """Our name -> the file's, of every column that must be there."""
        named = self.model_fields_set | set(REQUIRED)
        return {ours: theirs for ours, theirs in self.model_dump().items() if ours in named}

    def welcome(self) -> dict[str, str]:
        """Our name -> the file's, of the columns that are read if they are there."""
        return {} if self.model_fields_set else self.model_dump()

    def places(
        self, names: Sequence[str], path: Path, *, unused: Collection[str] = ()
    ) -> dict[str, int]:
        """Our name -> where the file `path` with the columns `names` has it.

        Raises InputError for a column that must be there, is not, and is not one of the `unused`.
        """
        wanted = {ours: name for ours, name in self.wanted().items() if ours not in unused}
        for ours, theirs in wanted.items():
            if theirs not in names:
                raise InputError(
                    f"{path}, row 1: there is no column {theirs} (wanted for {ours}); "
                    f"the file has {', '.join(names) or 'no columns'}; correct the mapping"
                )
        wanted |= {ours: name for ours, name in self.welcome().items() if name in names}
        return {ours: names.index(theirs) for ours, theirs in wanted.items()}


class Mapping(BaseModel):
    """Everything about a file's form that differs from Vigía's own CSV."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    currency: Annotated[str, AfterValidator(known_currency)] | None = None
    zone: str | None = None
    id: Literal["column", "row-hash"] = "column"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    time_format: str | None = None  # strptime's; None: ISO 8601
    encoding: str = "utf-8-sig"
    columns: Columns = Columns()
    refunds: Refunds = Refunds()
    category: Category = Category()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("not a time zone such as Europe/Madrid")
        return value

    @field_validator("time_format")
    @classmethod
    def _usable_format(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                written = datetime(2026, 3, 2, tzinfo=UTC).strftime(value)
                datetime.strptime(written, value)  # noqa: DTZ007 - only whether it can be read
            except (ValueError, re.error):  # the latter where a part is asked for twice
                raise ValueError("not a form that times have, such as %d.%m.%Y %H:%M") from None
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError("not an encoding such as utf-8 or latin-1") from None
        return value

    @property
    def time_zone(self) -> ZoneInfo | None:
        return None if self.zone is None else ZoneInfo(self.zone)


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Raises InputError with the place of what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the mapping {path} cannot be read ({error.strerror}); check --mapping"
        ) from None
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the mapping {path} is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise InputError(f"the mapping {path} is not UTF-8 text; save it as UTF-8") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the mapping {path} cannot be used: {place}: {first['msg']}; correct it"
        ) from None
