"""How a card reaches a workflow of Teams, and what the workflow service's answers mean."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing import Answer, Outgoing, Unanswered, busy, later, unanswered

_CODE = re.compile(r"[A-Za-z]{2,60}")
# The signature in the address is void, or the workflow is off or gone: the address is no good.
_GONE = (401, 403, 404, 410)


def post(outgoing: Outgoing, url: str, payload: Mapping[str, Any]) -> str:
    """The workflow's answer to what it took; raises SendFailed."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    try:
        answer = outgoing.post(urlsplit(url), body, {"content-type": "application/json"})
    except Unanswered as error:
        raise unanswered(error) from None
    if answer.ok:
        return str(answer.status)
    raise _refused(answer)


def _refused(answer: Answer) -> SendFailed:
    code = _code(answer)
    if busy(answer):
        return later(answer, code)
    remedy = Remedy.SUPPRESS if answer.status in _GONE else Remedy.ABANDON
    return SendFailed(f"Teams answered {answer.status} {code}".rstrip(), remedy)


def _code(answer: Answer) -> str:
    """The service's own word for what is wrong; its sentence repeats what was sent."""
    error = answer.json().get("error")
    code = str(error.get("code")) if isinstance(error, dict) else ""
    return code if _CODE.fullmatch(code) else ""
