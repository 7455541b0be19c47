"""Pages: templates filled in the language of whoever reads them."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.desk.auth import Visitor
from shared.wording import Language, language
from shared.wording.language import TEXTS

HERE = Path(__file__).parent
STATIC = HERE / "static"
_PARTS = 10  # of an Accept-Language header; browsers send three or four


def static(name: str) -> str:
    """The address of a file, which changes with what the file holds."""
    return _ADDRESSES[name]


def _addresses() -> dict[str, str]:
    found = {}
    for path in STATIC.rglob("*"):
        if path.suffix in (".css", ".js", ".svg"):
            name = path.relative_to(STATIC).as_posix()
            digest = sha256(path.read_bytes()).hexdigest()[:12]
            found[name] = f"/desk/static/{name}?v={digest}"
    return found


_ADDRESSES = _addresses()
_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["static"] = static


def page(
    template: str,
    speech: Language,
    *,
    visitor: Visitor | None = None,
    proof: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """The filled template. `proof` is what the forms of a session carry."""
    text = _templates.get_template(template).render(
        speech=speech, say=speech.say, visitor=visitor, proof=proof, **values
    )
    return HTMLResponse(text, status_code=status, headers=headers)


def spoken(request: Request, default: str) -> Language:
    """The language that the browser asks for, else the company's."""
    wanted: list[tuple[float, int, str]] = []
    parts = request.headers.get("accept-language", "")[:500].split(",")[:_PARTS]
    for place, part in enumerate(parts):
        name, _, quality = part.strip().partition(";q=")
        if name.split("-")[0].lower() in TEXTS:
            wanted.append((-_number(quality), place, name))
    return language(min(wanted)[2] if wanted else default, default)


def _number(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0
