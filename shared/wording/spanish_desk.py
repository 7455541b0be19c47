"""Lo que Vigía dice en español donde se actúa: botones, páginas, correos de acceso."""

TEXTS = {
    "button.acknowledge": "Me ocupo yo",
    "button.call": "He llamado",
    "button.snooze": "Aplazar hasta…",
    "button.dismiss": "No pasa nada, porque…",
    "button.note": "Añadir una nota",
    "button.lose": "Cliente perdido",
    "button.view": "Ver el aviso",
}

PLURALS: dict[str, dict[str, str]] = {}
