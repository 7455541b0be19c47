"""What Vigía says in Spanish when it tells several things together, or once more."""

TEXTS = {
    "button.desk": "Ver todas mis alertas",
    "footer.digest": "Recibe este resumen una vez por semana, y cuando hay muchas novedades a la "
    "vez. Las alertas urgentes llegan al momento.",
    "footer.substitute": "Recibe este aviso porque sustituye a {rep}, que está ausente.",
    "footer.escalated": "Recibe este aviso porque es responsable del equipo de {rep}.",
    "subject.reminder": "{customer} sigue esperando su respuesta",
    "subject.escalated": "{customer} podría irse y nadie ha reaccionado",
    "happened.reminder": "Nadie ha reaccionado todavía a esta alerta.",
    "happened.escalated": "El comercial no ha reaccionado a tiempo a esta alerta.",
}

PLURALS = {
    "digest.subject": {
        "one": "{customer} le necesita",
        "other": "{n} clientes le necesitan; el primero, {customer}",
    },
    "digest.subject.calm": {
        "one": "Buenas noticias de {customer}",
        "other": "Buenas noticias de {n} clientes, entre ellos {customer}",
    },
    "digest.opened": {"one": "Una alerta nueva.", "other": "{n} alertas nuevas."},
    "digest.updated": {"one": "Una con novedades.", "other": "{n} con novedades."},
    "digest.reminder": {
        "one": "Una sigue esperando su respuesta.",
        "other": "{n} siguen esperando su respuesta.",
    },
    "digest.escalated": {
        "one": "Una a la que nadie ha reaccionado.",
        "other": "{n} a las que nadie ha reaccionado.",
    },
    "digest.lost": {"one": "Un cliente perdido.", "other": "{n} clientes perdidos."},
    "digest.calm": {
        "one": "Una resuelta: no hay nada que hacer.",
        "other": "{n} resueltas: no hay nada que hacer.",
    },
    "digest.more": {"one": "Hay una más en su lista.", "other": "Hay {n} más en su lista."},
}
