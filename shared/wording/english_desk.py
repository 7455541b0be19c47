"""What Vigía says in English where people act: buttons, the desk's pages, log-in mails."""

TEXTS = {
    "button.acknowledge": "I'll take care of it",
    "button.call": "I called",
    "button.snooze": "Put off until …",
    "button.dismiss": "It is fine, because …",
    "button.note": "Add a note",
    "button.lose": "Customer is lost",
    "button.view": "See the alert",
}

PLURALS: dict[str, dict[str, str]] = {}
