"""What Vigía says in English when it tells several things together, or once more."""

TEXTS = {
    "button.desk": "See all my alerts",
    "footer.digest": "You get this once a week, and when much happens at once. Urgent alerts come "
    "at once.",
    "footer.substitute": "You get this because you stand in for {rep}, who is away.",
    "footer.escalated": "You get this because you are responsible for the team of {rep}.",
    "subject.reminder": "{customer} still waits for you",
    "subject.escalated": "{customer} may be leaving, and nobody has reacted",
    "happened.reminder": "Nobody has reacted to this alert yet.",
    "happened.escalated": "The rep has not reacted to this alert in time.",
}

PLURALS = {
    "digest.subject": {
        "one": "{customer} needs you",
        "other": "{n} customers need you, {customer} first",
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
    "digest.calm": {
        "one": "One is settled: there is nothing to do.",
        "other": "{n} are settled: there is nothing to do.",
    },
    "digest.more": {"one": "One more is on your list.", "other": "{n} more are on your list."},
}
