"""Annotations that carry their own validation and their own JSON Schema."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema


@dataclass(frozen=True, eq=False)
class Spelled:
    """Put into Annotated: values are checked by `core`, and described to others by `json`."""

    core: CoreSchema
    json: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return copy(self.core)  # pydantic writes into what it is given

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.json)
