"""What a message offers to do about an alert: one tap each, the likeliest first."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.action import ACTIONS
from shared.domain.alert import LIVING
from shared.wording import Language

LinkTo = Callable[[str], str]  # from a purpose to the address to follow


@dataclass(frozen=True, slots=True)
class Button:
    """`purpose` is an act of domain.action, or `view`; `url` leads to a page that asks once."""

    purpose: str
    label: str
    url: str


def buttons(state: str, link_to: LinkTo | None, speech: Language) -> tuple[Button, ...]:
    """The buttons for an alert that is in `state`; none for who may not act."""
    if link_to is None:
        return ()
    purposes = [*ACTIONS] if state in LIVING else ["view"]
    if state in ("acknowledged", "working"):
        purposes.remove("acknowledge")
    return tuple(Button(one, speech.say(f"button.{one}"), link_to(one)) for one in purposes)
