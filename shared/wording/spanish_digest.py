"""What Vigía says in Spanish when it tells several things together, or once more."""

TEXTS = {
    "button.desk": "Ver todos mis avisos",
    "footer.digest": "Recibes este resumen una vez por semana, y cuando hay muchas novedades a la "
    "vez. Los avisos urgentes llegan al momento.",
    "footer.substitute": "Recibes este aviso porque sustituyes a {rep}, que está ausente.",
    "footer.escalated": "Recibes este aviso porque eres responsable del equipo de {rep}.",
    "footer.summary": "Recibes este resumen una vez por semana porque diriges este equipo.",
    "summary.subject.answered": "La semana de tu equipo: todos los avisos tienen respuesta",
    "summary.nothing": "Esta semana no ha pasado nada nuevo.",
    "fact.at_risk": "En riesgo al año, todos los avisos vivos",
    "fact.kept": "Conservado esta semana, al año",
    "fact.gone": "Perdido esta semana, al año",
    "subject.reminder": "{customer} sigue esperando tu respuesta",
    "subject.escalated": "{customer} podría irse y nadie ha reaccionado",
    "happened.reminder": "Nadie ha reaccionado todavía a este aviso.",
    "happened.escalated": "El comercial no ha reaccionado a tiempo a este aviso.",
}

PLURALS = {
    "summary.subject": {
        "one": "La semana de tu equipo: un aviso espera respuesta",
        "other": "La semana de tu equipo: {n} avisos esperan respuesta",
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
        "one": "{customer} te necesita",
        "other": "{n} clientes te necesitan; el primero, {customer}",
    },
    "digest.subject.lost": {
        "one": "{customer} se ha perdido",
        "other": "Se han perdido {n} clientes, {customer} entre ellos",
    },
    "digest.subject.calm": {
        "one": "Buenas noticias de {customer}",
        "other": "Buenas noticias de {n} clientes, entre ellos {customer}",
    },
    "digest.opened": {"one": "Un aviso nuevo.", "other": "{n} avisos nuevos."},
    "digest.updated": {"one": "Uno con novedades.", "other": "{n} con novedades."},
    "digest.reminder": {
        "one": "Uno sigue esperando tu respuesta.",
        "other": "{n} siguen esperando tu respuesta.",
    },
    "digest.escalated": {
        "one": "Uno al que nadie ha reaccionado.",
        "other": "{n} a los que nadie ha reaccionado.",
    },
    "digest.lost": {"one": "Un cliente perdido.", "other": "{n} clientes perdidos."},
    "digest.recovered": {
        "one": "Un cliente compra otra vez como siempre.",
        "other": "{n} clientes compran otra vez como siempre.",
    },
    "digest.closed": {
        "one": "Uno cerrado: no hay nada que hacer.",
        "other": "{n} cerrados: no hay nada que hacer.",
    },
    "digest.more": {"one": "Hay uno más en tu lista.", "other": "Hay {n} más en tu lista."},
}
