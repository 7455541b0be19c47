"""How `vigia explain` says in English where a score comes from. Labels: up to 34 characters."""

TEXTS = {
    "explain.opening": "How the score came about when the alert was opened on {day}",
    "explain.newest": "How the score came about when it was last computed on {day}",
    "explain.unscored": "No score took part in this alert: it rests on the evidence alone.",
    "explain.basis": "From the weeks before {as_of}, in log odds: 0.7 more is twice as likely.",
    "explain.weeks": "The last {n} weeks, the oldest first, spend (days of purchases): {weeks}",
    "explain.column.again": "from what was stored",
    "explain.column.today": "from the days today",
    "explain.start": "where everybody starts",
    "explain.part.change": "buying has dropped of late",
    "explain.part.outlook": "outlook for the next 8 weeks",
    "explain.part.level": "last 4 weeks against the usual",
    "explain.part.longrun": "long-run level against the usual",
    "explain.part.dips": "such dips happened before",
    "explain.part.swing": "buys in swings",
    "explain.part.tenure": "how long a customer (ln weeks)",
    "explain.shift": "what everybody did this week",
    "explain.evidence.complaint": "complaint of {day}",
    "explain.evidence.survey": "bad rating of {day}",
    "explain.evidence.payment": "unpaid since {day}",
    "explain.evidence.cancellation": "cancellation of {day}",
    "explain.evidence.contact": "no contact since {day}",
    "explain.evidence.group": "loss in the group on {day}",
    "explain.evidence.other": "other evidence",
    "explain.score": "score",
    "explain.floor": "alerts from",
    "explain.reasons": "Against a typical customer: {reasons}.",
    "explain.reason.drop": "a drop now {odds}",
    "explain.reason.spell": "the usual was a good spell {odds}",
    "explain.reason.swings": "buys in swings {odds}",
    "explain.reason.young": "young customer {odds}",
    "explain.equal": "Computed again from what was stored: {again}. Computed again from the days "
    "as they are known now: {today}. Both are what was stored: {kept}.",
    "explain.changed": "From what was stored the score is again {again}. From the days as they are "
    "known now it is {today}, because something has changed since:",
    "explain.nodata": "From what was stored the score is again {again}. By what is known now the "
    "customer cannot be scored for those weeks any more.",
    "explain.method": "What was stored now leads to {again}, and {kept} was stored: this version "
    "computes the score in another way.",
    "explain.week": "week of {day}: {now} ({days}), it was {then} ({before})",
    "explain.first": "the first purchase is of another week",
    "explain.sector": "segment or region are others",
    "explain.new": "known since: {line}",
    "explain.gone": "no longer so: {line}",
    "explain.place": "Place {rank} on the list of {rep} that week.",
    "explain.value": "At risk a year: ({usual} - {now}) x 52 = {value}.",
    "explain.margin": "Margin at risk a year: ({usual} - {now}) x 52 x {rate} = {value}.",
    "explain.steps": "What happened to the alert",
    "explain.messages": "Messages",
}

PLURALS: dict[str, dict[str, str]] = {}
