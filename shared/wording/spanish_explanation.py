"""Cómo dice `vigia explain` en español de dónde sale una puntuación. Rótulos: 34 caracteres."""

TEXTS = {
    "explain.opening": "De dónde salió la puntuación al abrirse el aviso, el {day}",
    "explain.newest": "De dónde salió la puntuación la última vez que se calculó, el {day}",
    "explain.unscored": "En este aviso no hay puntuación: se apoya solo en los indicios.",
    "explain.basis": "Con las semanas anteriores al {as_of}, en logaritmos: 0,7 más es el doble de "
    "probable.",
    "explain.weeks": "Las últimas {n} semanas, de la más antigua a la más reciente, gasto (días "
    "con compra): {weeks}",
    "explain.column.again": "con lo guardado",
    "explain.column.today": "con los días, hoy",
    "explain.start": "punto de partida de todos",
    "explain.part.change": "ha bajado la compra últimamente",
    "explain.part.outlook": "perspectiva a 8 semanas",
    "explain.part.level": "últimas 4 semanas frente al hábito",
    "explain.part.longrun": "nivel de siempre frente al hábito",
    "explain.part.dips": "ya hubo bajones así",
    "explain.part.swing": "compra a rachas",
    "explain.part.tenure": "antigüedad (ln de semanas)",
    "explain.shift": "lo que hizo todo el mundo",
    "explain.evidence.complaint": "reclamación del {day}",
    "explain.evidence.survey": "mala nota del {day}",
    "explain.evidence.payment": "sin pagar desde el {day}",
    "explain.evidence.cancellation": "baja: {day}",
    "explain.evidence.contact": "sin contacto desde el {day}",
    "explain.evidence.group": "pérdida en el grupo el {day}",
    "explain.evidence.other": "otros indicios",
    "explain.score": "puntuación",
    "explain.floor": "hay aviso desde",
    "explain.reasons": "Frente a un cliente típico: {reasons}.",
    "explain.reason.drop": "una bajada ahora {odds}",
    "explain.reason.spell": "el hábito fue una buena racha {odds}",
    "explain.reason.swings": "compra a rachas {odds}",
    "explain.reason.young": "cliente reciente {odds}",
    "explain.equal": "Calculada otra vez con lo guardado: {again}. Calculada otra vez con los "
    "días tal como se conocen hoy: {today}. Ambas son lo que se guardó: {kept}.",
    "explain.changed": "Con lo guardado, la puntuación vuelve a ser {again}. Con los días tal como "
    "se conocen hoy es {today}, porque desde entonces ha cambiado algo:",
    "explain.nodata": "Con lo guardado, la puntuación vuelve a ser {again}. Con lo que se sabe "
    "hoy, el cliente ya no se puede puntuar en esas semanas.",
    "explain.method": "Lo guardado lleva ahora a {again}, y se guardó {kept}: esta versión calcula "
    "la puntuación de otra manera.",
    "explain.week": "semana del {day}: {now} ({days}), antes {then} ({before})",
    "explain.first": "la primera compra es de otra semana",
    "explain.sector": "el segmento o la región son otros",
    "explain.new": "se supo después: {line}",
    "explain.gone": "ya no es así: {line}",
    "explain.place": "Puesto {rank} en la lista de {rep} esa semana.",
    "explain.value": "En riesgo al año: ({usual} - {now}) x 52 = {value}.",
    "explain.margin": "Margen en riesgo al año: ({usual} - {now}) x 52 x {rate} = {value}.",
    "explain.steps": "Qué ha pasado con el aviso",
    "explain.messages": "Mensajes",
}

PLURALS: dict[str, dict[str, str]] = {}
