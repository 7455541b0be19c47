"""What Vigía says in Spanish when it tells several things together, or once more."""

TEXTS = {
    "button.desk": "Ver todos mis avisos",
    "footer.digest": "Recibe este resumen una vez por semana, y cuando hay muchas novedades a la "
    "vez. Los avisos urgentes llegan al momento.",
    "footer.substitute": "Recibe este aviso porque sustituye a {rep}, que está ausente.",
    "footer.escalated": "Recibe este aviso porque es responsable del equipo de {rep}.",
    "footer.summary": "Recibe este resumen una vez por semana porque dirige este equipo.",
    "summary.subject.answered": "La semana de su equipo: todos los avisos tienen respuesta",
    "summary.nothing": "Esta semana no ha pasado nada nuevo.",
    "fact.at_risk": "En riesgo al año, todos los avisos vivos",
    "fact.kept": "Conservado esta semana, al año",
    "fact.gone": "Perdido esta semana, al año",
    "subject.reminder": "{customer} sigue esperando su respuesta",
    "subject.escalated": "{customer} podría irse y nadie ha reaccionado",
    "happened.reminder": "Nadie ha reaccionado todavía a este aviso.",
    "happened.escalated": "El comercial no ha reaccionado a tiempo a este aviso.",
}

PLURALS = {
    "summary.subject": {
        "one": "La semana de su equipo: un aviso espera respuesta",
        "other": "La semana de su equipo: {n} avisos esperan respuesta",
    },
    "summary.opened": {"one": "Un aviso nuevo.", "other": "{n} avisos nuevos."},
    "summary.acknowledged": {
        "one": "Alguien se ocupa de uno.",
        "other": "Alguien se ocupa de {n}.",
    },
    "summary.working": {"one": "Se llamó a un cliente.", "other": "Se llamó a {n} clientes."},
    "summary.recovered": {
        "one": "Un cliente vuelve a la normalidad.",
        "other": "{n} clientes vuelven a la normalidad.",
    },
    "summary.lost": {"one": "Un cliente perdido.", "other": "{n} clientes perdidos."},
    "summary.dismissed": {
        "one": "Un aviso cerrado sin motivo de preocupación.",
        "other": "{n} avisos cerrados sin motivo de preocupación.",
    },
    "summary.rep": {
        "one": "un aviso, {waiting} sin respuesta",
        "other": "{n} avisos, {waiting} sin respuesta",
    },
    "digest.subject": {
        "one": "{customer} le necesita",
        "other": "{n} clientes le necesitan; el primero, {customer}",
    },
    "digest.subject.calm": {
        "one": "Buenas noticias de {customer}",
        "other": "Buenas noticias de {n} clientes, entre ellos {customer}",
    },
    "digest.opened": {"one": "Un aviso nuevo.", "other": "{n} avisos nuevos."},
    "digest.updated": {"one": "Uno con novedades.", "other": "{n} con novedades."},
    "digest.reminder": {
        "one": "Uno sigue esperando su respuesta.",
        "other": "{n} siguen esperando su respuesta.",
    },
    "digest.escalated": {
        "one": "Uno al que nadie ha reaccionado.",
        "other": "{n} a los que nadie ha reaccionado.",
    },
    "digest.lost": {"one": "Un cliente perdido.", "other": "{n} clientes perdidos."},
    "digest.calm": {
        "one": "Uno resuelto: no hay nada que hacer.",
        "other": "{n} resueltos: no hay nada que hacer.",
    },
    "digest.more": {"one": "Hay uno más en su lista.", "other": "Hay {n} más en su lista."},
}
