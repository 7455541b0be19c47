"""A message for a program: the alert as on the alerts topic, with the customer's master data."""

import json
from dataclasses import asdict

from services.notifier.channel import message_name
from services.notifier.messages import Message


def render(message: Message) -> bytes:
    """A CloudEvent in structured JSON; `data.master` is null for alerts about no customer."""
    told = message.told
    master = None if message.card is None else asdict(message.card)
    links = {button.purpose: button.url for button in message.buttons}
    event = {
        "specversion": "1.0",
        "id": f"{message.alert}/{message.number}",
        "source": "vigia",
        "type": f"alert.{told.kind}",
        "subject": told.subject or told.data["customer"],
        "time": told.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {**told.data, "master": master, "links": links},
    }
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def identity(message: Message) -> str:
    """The webhook-id: the same however often the message is sent."""
    return message_name(message)
