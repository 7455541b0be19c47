"""Lo que dice en español el informe de una prueba con ventas pasadas."""

TEXTS = {
    "report.title": "¿Habría ayudado Vigía?",
    "report.span": "{customers}, {weeks}: del {first} al {last}. Cada semana se juzgó con lo que "
    "se sabía entonces y nada posterior.",
    "report.ahead": "Vigía distingue quién se está yendo mejor que cualquier regla en uso.",
    "report.even": "Con estas ventas Vigía acierta más o menos como la mejor regla sencilla.",
    "report.behind": "Con estas ventas una regla sencilla acierta más que Vigía.",
    "report.few": "Se fueron muy pocos clientes para saber qué regla acierta más.",
    "report.alone": "Así habría funcionado Vigía con estas ventas.",
    "report.nothing": "Con estas ventas no se puede juzgar a nadie.",
    "report.nothing.why": "Hacen falta clientes que compraran en 8 de 26 semanas, y que alguno se "
    "fuera después.",
    "report.compared": "Con el mismo número de avisos, habrían acertado {ours} de cada 100 de "
    "Vigía y, como mucho, {theirs} de cada 100 de una regla sencilla ({rule}).",
    "report.compared.not_fewer": "Con el mismo número de avisos, habrían acertado {ours} de cada "
    "100 de Vigía y {theirs} de cada 100 de una regla sencilla ({rule}).",
    "report.beyond": "En el orden de todos los clientes, que es lo que decide, la ventaja de Vigía "
    "no es casualidad.",
    "report.chance": "En el orden de todos los clientes, que es lo que decide, la diferencia "
    "puede ser casualidad.",
    "report.use_simple": "En el orden de todos los clientes, que es lo que decide, la ventaja de "
    "la regla sencilla no es casualidad. Use la regla sencilla.",
    "report.unsure": "Sin remuestreo no se puede decir si la diferencia es casualidad.",
    "report.caution": "Nadie llamó a estos clientes. Esta página enseña a quién se habría "
    "nombrado y qué hizo después; qué habría cambiado una llamada, no lo puede saber.",
    "report.tile.right": "de los avisos acertados: el cliente gastó después menos de la mitad de "
    "lo esperable en ocho semanas. De todos los clientes que se miraron, lo hizo el {base}.",
    "report.tile.missing": "es lo que los clientes detectados gastaron de menos en las ocho "
    "semanas tras su aviso",
    "report.tile.found": "de los clientes perdidos se nombraron a tiempo",
    "report.tile.found.lead": "de los clientes perdidos se nombraron a tiempo, la mitad al menos "
    "{lead} antes de darse por perdidos",
    "report.tile.lost.none": "Ningún cliente juzgado se perdió del todo en estas semanas",
    "report.around": "Lo que compraron los clientes detectados",
    "report.around.text": "Todos los avisos acertados, uno sobre otro: el dinero de cada semana "
    "antes y después del aviso, frente a lo habitual de esos clientes.",
    "report.around.before": "{n} semanas antes",
    "report.around.alert": "aviso",
    "report.around.after": "8 semanas después",
    "report.usual.week": "habitual: {amount} por semana",
    "report.weekly": "Avisos por semana",
    "report.weekly.text": "Tal como funciona Vigía: como mucho {budget} por comercial y semana, y "
    "ocho semanas sin otro nuevo sobre el mismo cliente.",
    "report.right": "acertado",
    "report.wrong": "falsa alarma",
    "report.open": "aún por saber",
    "report.rules": "Avisos acertados, por regla",
    "report.rules.text": "Cada regla da {alerts}: los que ve más seguros. La línea es el margen "
    "en que está la proporción con un 95 % de certeza; la discontinua, lo que se lograría "
    "nombrando clientes al azar.",
    "report.rules.plain": "Cada regla da {alerts}: los que ve más seguros. La línea discontinua "
    "es lo que se lograría nombrando clientes al azar.",
    "report.rules.draw": "al azar: {share}",
    "report.rule.vigia": "Vigía",
    "report.rule.week_over_week": "última semana frente a la anterior",
    "report.rule.four_against_twelve": "últimas 4 semanas frente a las 12 anteriores",
    "report.rule.silence": "silencio frente al intervalo propio",
    "report.rule.mbg_nbd": "modelo MBG/NBD",
    "report.rule.gaps": "Vigía, por las pausas propias",
    "report.rule.silence_days": "días de silencio",
    "report.occasional": "Clientes que compran de vez en cuando",
    "report.occasional.text": "{customers} compraron demasiado poco para la puntuación, mirados "
    "{times} veces. Se juzgan por las pausas entre sus propias compras. Cada regla nombra a 5 de "
    "cada 100; acierta si el cliente no compra nada durante dos de sus pausas habituales.",
    "report.lead": "Con cuánta antelación se nombró a los perdidos",
    "report.lead.text": "Un cliente se da por perdido tras 12 semanas de silencio. Cada punto es "
    "un cliente perdido, en el momento del primer aviso.",
    "report.lead.lost": "perdido",
    "report.catches": "Los aciertos más valiosos",
    "report.catches.text": "Los avisos acertados tras los que faltó más dinero.",
    "report.false": "Las peores falsas alarmas",
    "report.false.text": "Vigía estaba más segura que nunca y se equivocó: siguieron comprando al "
    "menos la mitad de lo habitual.",
    "report.none": "Ninguno.",
    "report.case.alert": "aviso del {day}",
    "report.case.chance": "{share} probable",
    "report.case.after": "En las ocho semanas siguientes: {followed} en vez de {expected}.",
    "report.case.lost": "Ninguna compra desde el {day}.",
    "report.case.missing": "faltan {amount}",
    "report.case.chart": "{name}: 26 semanas antes del aviso y lo que vino después; lo habitual, "
    "{amount} por semana",
    "report.reliability": "¿Se puede creer el porcentaje?",
    "report.reliability.text": "Clientes con un porcentaje parecido, y cuántos de ellos se fueron "
    "después. Sobre la línea es exacto. Cada porcentaje se basa solo en lo que se sabía entonces.",
    "report.reliability.short": "Hubo muy pocos desenlaces para enseñar un porcentaje. Hacen "
    "falta 200, 20 de ellos de clientes que se fueron.",
    "report.reliability.said": "dicho",
    "report.reliability.left": "se fueron",
    "report.reliability.point": "dicho {said}, se fue el {share} de {count}",
    "report.calendar": "Semana a semana",
    "report.calendar.text": "A quién habría nombrado Vigía, por el último día de la semana que se "
    "miró.",
    "report.calendar.quiet": "a nadie",
    "report.method": "Cómo se calificó",
    "report.method.judged": "Se juzga a clientes que compraron en al menos 8 de las últimas 26 "
    "semanas, por primera vez hace al menos 13, y alguna vez en las últimas 12: {weeks}.",
    "report.method.left": "Un aviso es acertado si el cliente gasta después menos de la mitad de "
    "lo habitual en ocho semanas; lo habitual se ajusta a lo que hicieron todos juntos en ellas.",
    "report.method.order": "Precisión media en el orden de todos los clientes: Vigía "
    "{ours}{others}.",
    "report.method.other": "; {rule} {value}",
    "report.method.refunds": "Las ventas cuentan como se registraron, antes de devoluciones.",
}

PLURALS = {
    "report.customers": {"one": "{n} cliente", "other": "{n} clientes"},
    "report.weeks": {"one": "{n} semana", "other": "{n} semanas"},
    "report.alerts": {"one": "{n} aviso", "other": "{n} avisos"},
    "report.tile.alerts": {
        "=0": "unos {a_week} por semana",
        "one": "unos {a_week} por semana; aún no se sabe qué fue del último",
        "other": "unos {a_week} por semana; aún no se sabe qué fue de los últimos {n}",
    },
    "report.judged": {
        "one": "{n} cliente en una semana",
        "other": "{n} veces un cliente en una semana",
    },
    "report.more": {"one": "y {n} más", "other": "y {n} más"},
    "report.lead.dot": {
        "one": "nombrado {n} semana antes",
        "other": "nombrado {n} semanas antes",
    },
}
