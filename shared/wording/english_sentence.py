"""What the sentence of an alert says in English."""

TEXTS = {
    "drop": "Usually buys {usual}; {window} {actual}{expected}.",
    "spend": "Usually spends {usual} a week; {window} {now} a week.",
    "gap": "Usually buys {every}{amount}; nothing {silence}.",
    "gap.amount": " for {amount}",
    "gap.chance": "By chance only 1 gap in {n} lasts that long.",
    "gap.chance.rare": "By chance fewer than 1 gap in {n} lasts that long.",
    "category": "Still buys, but {gaps}.",
    "cause.region": " of region {name}",
    "cause.segment": " of segment {name}",
    "cause.rep": " of {name}",
    "cause.shop": " of shop {name}",
    "cause.category": " who buy {name}",
    "cause.portfolio": "",
    "common_cause.back": "The customers{whose} buy as others do again.",
    "common_cause.lasting": "The customers{whose} have bought less for twelve weeks: from now on "
    "that counts as usual.",
    "usual.money": "for {amount} a week",
    "chance": "By chance that happens once in {n} such windows.",
    "chance.rare": "By chance that happens less than once in {n} such windows.",
    "survey": "Rated us {score} of {best} ({survey}) {ago}.",
    "payment.missed": "Payment of {amount}, due {due}, was missed.",
    "payment.late": "Payment of {amount}, due {due}, is late.",
    "payment.settled": "Payment of {amount}, due {due}, was settled late.",
    "cancellation.requested": "Asked to cancel {ago}{reason}.",
    "cancellation.confirmed": "Cancelled {ago}{reason}.",
    "cancellation.withdrawn": "Took a cancellation back {ago}{reason}.",
    "no_contact": "No contact from us {silence} (usually {every}).",
    "feed.silent": "Feed {source} is silent: its last event came {ago}{usual}. Customers who "
    "mostly buy there wait to be judged.",
    "feed.never": "Nothing has ever come from feed {source}.",
    "feed.back": "Feed {source} sends again. Whoever waited for it is judged now.",
    "feed.retired": "Feed {source} is no longer expected to send.",
    "probability": "About {n} in 10 such customers buy less than half as much in the next two "
    "months.",
    "value.revenue": "{amount} a year at risk.",
    "value.margin": "{amount} of margin a year at risk.",
}

PLURALS = {
    "usual.often": {
        "=1": "once a week for {amount}",
        "=2": "twice a week for {amount}",
        "one": "{n} time a week for {amount}",
        "other": "{n} times a week for {amount}",
    },
    "usual.days": {
        "one": "about every day for {amount}",
        "other": "about every {n} days for {amount}",
    },
    "usual.weeks": {
        "one": "about every week for {amount}",
        "other": "about every {n} weeks for {amount}",
    },
    "every.days": {"one": "every day", "other": "every {n} days"},
    "every.weeks": {"one": "every week", "other": "every {n} weeks"},
    "silence": {"one": "for {n} day", "other": "for {n} days"},
    "window": {"one": "in the last week", "other": "in the last {n} weeks"},
    "actual": {
        "=0": "not at all",
        "=2": "twice for {amount}",
        "one": "once for {amount}",
        "other": "{n} times for {amount}",
    },
    "expected": {
        "=1": " (once expected at this season)",
        "one": " ({n} time expected at this season)",
        "other": " ({n} times expected at this season)",
    },
    "category.gap": {
        "one": "no {category} for a week (usually {every})",
        "other": "no {category} for {n} weeks (usually {every})",
    },
    "common_cause": {
        "one": "{n} of {all} customers{whose} buys less than usual: {percent} % below expectation "
        "{window}.",
        "other": "{n} of {all} customers{whose} buy less than usual: {percent} % below "
        "expectation {window}.",
    },
    "feed.usual": {
        "one": "; it usually sends on {n} day a week",
        "other": "; it usually sends on {n} days a week",
    },
    "complaint": {
        "one": "{n} complaint{topics} {ago}.",
        "other": "{n} complaints{topics}, the last {ago}.",
    },
    "complaint.resolved": {
        "one": "{n} complaint{topics} {ago}, settled since.",
        "other": "{n} complaints{topics}, the last {ago}, all settled since.",
    },
    "group_loss": {
        "one": "Another customer of group {group} was lost {ago}.",
        "other": "{n} other customers of group {group} were lost, the last {ago}.",
    },
    "purchase": {
        "=2": "Bought again twice, last {when}, for {amount} in all.",
        "one": "Bought again {when} for {amount}.",
        "other": "Bought again {n} times, last {when}, for {amount} in all.",
    },
}
