"""Lo que dice en español la frase de un aviso."""

TEXTS = {
    "drop": "Suele comprar {usual}; {window}, {actual}{expected}.",
    "spend": "Suele gastar {usual} a la semana; {window}, {now} a la semana.",
    "gap": "Suele comprar {every}{amount}; nada {silence}.",
    "gap.amount": ", unos {amount} por compra",
    "gap.chance": "Por casualidad, solo 1 de cada {n} pausas dura tanto.",
    "gap.chance.rare": "Por casualidad, menos de 1 de cada {n} pausas dura tanto.",
    "category": "Sigue comprando, pero lleva {gaps}.",
    "cause.region": " de la región {name}",
    "cause.segment": " del segmento {name}",
    "cause.rep": " de la cartera de {name}",
    "cause.shop": " de la tienda {name}",
    "cause.category": " de {name}",
    "cause.portfolio": "",
    "common_cause.back": "Los clientes{whose} vuelven a comprar como los demás.",
    "common_cause.lasting": "Los clientes{whose} llevan doce semanas comprando menos: desde ahora "
    "cuenta como lo habitual.",
    "usual.money": "por {amount} a la semana",
    "chance": "Por casualidad, eso pasa una de cada {n} veces.",
    "chance.rare": "Por casualidad, eso pasa menos de una de cada {n} veces.",
    "survey": "Nos puntuó con {score} sobre {best} ({survey}) {ago}.",
    "payment.missed": "No ha pagado los {amount} que vencían {due}.",
    "payment.late": "Se retrasa en pagar los {amount} que vencían {due}.",
    "payment.settled": "Pagó tarde los {amount} que vencían {due}.",
    "cancellation.requested": "Pidió la baja {ago}{reason}.",
    "cancellation.confirmed": "Se dio de baja {ago}{reason}.",
    "cancellation.withdrawn": "Retiró {ago} una petición de baja{reason}.",
    "no_contact": "Sin contacto nuestro {silence} (lo habitual: {every}).",
    "feed.silent": "La fuente {source} calla: su último envío llegó {ago}{usual}. Quienes compran "
    "sobre todo allí esperan a ser juzgados.",
    "feed.never": "De la fuente {source} no ha llegado nunca nada.",
    "feed.back": "La fuente {source} vuelve a enviar. Se juzga ahora a quien la esperaba.",
    "feed.retired": "Ya no se espera nada de la fuente {source}.",
    "probability": "De cada 10 clientes así, unos {n} compran menos de la mitad en los dos meses "
    "siguientes.",
    "value.revenue": "En riesgo: {amount} al año.",
    "value.margin": "En riesgo: {amount} de margen al año.",
}

PLURALS = {
    "usual.often": {
        "=1": "una vez a la semana, {amount}",
        "=2": "dos veces a la semana, {amount} en total",
        "one": "{n} vez a la semana, {amount} en total",
        "other": "{n} veces a la semana, {amount} en total",
    },
    "usual.days": {
        "one": "casi a diario, unos {amount} cada vez",
        "other": "cada {n} días más o menos, unos {amount} cada vez",
    },
    "usual.weeks": {
        "one": "cada semana más o menos, unos {amount} cada vez",
        "other": "cada {n} semanas más o menos, unos {amount} cada vez",
    },
    "every.days": {"one": "cada día", "other": "cada {n} días"},
    "every.weeks": {"one": "cada semana", "other": "cada {n} semanas"},
    "silence": {"one": "desde hace {n} día", "other": "desde hace {n} días"},
    "window": {"one": "en la última semana", "other": "en las {n} últimas semanas"},
    "actual": {
        "=0": "nada",
        "=2": "dos veces, {amount}",
        "one": "una vez, {amount}",
        "other": "{n} veces, {amount}",
    },
    "expected": {
        "=1": " (en esta época se esperaba una compra)",
        "one": " (en esta época se esperaba {n} compra)",
        "other": " (en esta época se esperaban {n} compras)",
    },
    "category.gap": {
        "one": "una semana sin {category} (lo habitual: {every})",
        "other": "{n} semanas sin {category} (lo habitual: {every})",
    },
    "common_cause": {
        "one": "{n} de los {all} clientes{whose} compra menos de lo habitual: un {percent} % por "
        "debajo de lo esperado {window}.",
        "other": "{n} de los {all} clientes{whose} compran menos de lo habitual: un {percent} % "
        "por debajo de lo esperado {window}.",
    },
    "feed.usual": {
        "one": "; suele enviar {n} día a la semana",
        "other": "; suele enviar {n} días a la semana",
    },
    "complaint": {
        "one": "{n} reclamación{topics} {ago}.",
        "other": "{n} reclamaciones{topics}, la última {ago}.",
    },
    "complaint.resolved": {
        "one": "{n} reclamación{topics} {ago}, ya resuelta.",
        "other": "{n} reclamaciones{topics}, la última {ago}, todas ya resueltas.",
    },
    "group_loss": {
        "one": "Se perdió otro cliente del grupo {group} {ago}.",
        "other": "Se perdieron otros {n} clientes del grupo {group}, el último {ago}.",
    },
    "purchase": {
        "=2": "Volvió a comprar dos veces, la última {when}: {amount} en total.",
        "one": "Volvió a comprar {when}: {amount}.",
        "other": "Volvió a comprar {n} veces, la última {when}: {amount} en total.",
    },
}
