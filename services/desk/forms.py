"""What browsers post: small forms, made into acts."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.domain.action import Action

_FIELDS = 20
_KIND = "application/x-www-form-urlencoded"

Form = Mapping[str, str]


async def read_form(request: Request) -> Form:
    """The fields of a form; of equal names the last. The guard has limited its size."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != _KIND:
        raise HTTPException(415)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return {name: value.replace("\0", "") for name, value in pairs}


def action_of(name: str, form: Form) -> Action:
    """The act that a form asks for, whole or not; see domain.action.missing."""
    return Action(
        name,
        reason=form.get("reason", ""),
        note=form.get("note", "").replace("\r\n", "\n"),
        until=_day(form.get("until", "")) if name == "snooze" else None,
    )


def seen(form: Form) -> int:
    """The newest transition that the page showed."""
    text = form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
