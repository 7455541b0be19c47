"""What Vigía says in English when it tells several things together, or once more."""

TEXTS = {
    "button.desk": "See all my alerts",
    "footer.digest": "You get this once a week, and when much happens at once. Urgent alerts come "
    "at once.",
    "footer.substitute": "You get this because you stand in for {rep}, who is away.",
    "footer.escalated": "You get this because you are responsible for the team of {rep}.",
    "footer.summary": "You get this once a week because you lead this team.",
    "summary.subject.answered": "Your team's week: every alert was answered",
    "summary.nothing": "Nothing new happened this week.",
    "fact.at_risk": "At risk a year, all living alerts",
    "fact.kept": "Kept this week, a year",
    "fact.gone": "Lost this week, a year",
    "subject.reminder": "{customer} still waits for you",
    "subject.escalated": "{customer} may be leaving, and nobody has reacted",
    "happened.reminder": "Nobody has reacted to this alert yet.",
    "happened.escalated": "The rep has not reacted to this alert in time.",
}

PLURALS = {
    "summary.subject": {
        "one": "Your team's week: one alert waits for an answer",
        "other": "Your team's week: {n} alerts wait for an answer",
    },
    "summary.opened": {"one": "One new alert.", "other": "{n} new alerts."},
    "summary.acknowledged": {"one": "One was taken care of.", "other": "{n} were taken care of."},
    "summary.working": {"one": "One customer was called.", "other": "{n} customers were called."},
    "summary.recovered": {
        "one": "One customer is back to normal.",
        "other": "{n} customers are back to normal.",
    },
    "summary.lost": {"one": "One customer was lost.", "other": "{n} customers were lost."},
    "summary.dismissed": {
        "one": "One alert was closed as no cause for concern.",
        "other": "{n} alerts were closed as no cause for concern.",
    },
    "summary.rep": {
        "one": "one alert, {waiting} not answered",
        "other": "{n} alerts, {waiting} not answered",
    },
    "digest.subject": {
        "one": "{customer} needs you",
        "other": "{n} customers need you, {customer} first",
    },
    "digest.subject.lost": {
        "one": "{customer} is lost",
        "other": "{n} customers are lost, {customer} among them",
    },
    "digest.subject.calm": {
        "one": "Good news of {customer}",
        "other": "Good news of {n} customers, {customer} among them",
    },
    "digest.opened": {"one": "One new alert.", "other": "{n} new alerts."},
    "digest.updated": {"one": "One with news.", "other": "{n} with news."},
    "digest.reminder": {"one": "One still waits for you.", "other": "{n} still wait for you."},
    "digest.escalated": {
        "one": "One that nobody has reacted to.",
        "other": "{n} that nobody has reacted to.",
    },
    "digest.lost": {"one": "One is lost.", "other": "{n} are lost."},
    "digest.recovered": {
        "one": "One is buying as usual again.",
        "other": "{n} are buying as usual again.",
    },
    "digest.closed": {
        "one": "One is closed: there is nothing to do.",
        "other": "{n} are closed: there is nothing to do.",
    },
    "digest.more": {"one": "One more is on your list.", "other": "{n} more are on your list."},
}
