"""What the report of a backtest says in English."""

TEXTS = {
    "report.title": "Would Vigía have helped?",
    "report.span": "{customers}, {weeks}: {first} to {last}. Every week was judged with what was "
    "known by then and nothing later.",
    "report.ahead": "Vigía spots who is leaving better than any rule in use today.",
    "report.even": "On these sales Vigía is about as good as the best simple rule.",
    "report.behind": "On these sales a simple rule does better than Vigía.",
    "report.few": "Too few customers left in these weeks to tell which rule is better.",
    "report.alone": "This is how Vigía would have done on these sales.",
    "report.nothing": "On these sales nobody can be judged.",
    "report.nothing.why": "It takes customers who bought in 8 of 26 weeks, and some who then left.",
    "report.compared": "With as many alerts each, {ours} of 100 of Vigía’s would have been right, "
    "and at most {theirs} of 100 of a simple rule’s ({rule}).",
    "report.compared.not_fewer": "With as many alerts each, {ours} of 100 of Vigía’s would have "
    "been right, and {theirs} of 100 of a simple rule’s ({rule}).",
    "report.beyond": "Over the order of all customers, which settles it, Vigía’s lead is beyond "
    "chance.",
    "report.chance": "Over the order of all customers, which settles it, the difference may be "
    "chance.",
    "report.use_simple": "Over the order of all customers, which settles it, the simple rule’s "
    "lead is beyond chance. Use the simple rule.",
    "report.unsure": "Without resampling nobody can say whether the difference is chance.",
    "report.caution": "Nobody called these customers. The page shows who would have been named "
    "and what they then did; what a call would have changed, it cannot know.",
    "report.tile.right": "of the alerts right: the customer then spent less than half of what was "
    "to be expected in eight weeks. Of all customers that were looked at, {base} did.",
    "report.tile.missing": "is what the caught customers spent less than expected in the eight "
    "weeks after their alerts",
    "report.tile.found": "of the lost customers were named in time",
    "report.tile.found.lead": "of the lost customers were named in time, half of them at least "
    "{lead} before they counted as lost",
    "report.tile.lost.none": "No judged customer was lost for good in these weeks",
    "report.around": "What the caught customers bought",
    "report.around.text": "All right alerts laid over each other: the money of each week before "
    "and after the alert, against what was usual for these customers.",
    "report.around.before": "{n} weeks before",
    "report.around.alert": "alert",
    "report.around.after": "8 weeks after",
    "report.usual.week": "usual: {amount} a week",
    "report.weekly": "Alerts a week",
    "report.weekly.text": "As Vigía runs: at most {budget} for each rep and week, and eight weeks "
    "without a new one about the same customer.",
    "report.right": "right",
    "report.wrong": "false alarm",
    "report.open": "not known yet",
    "report.rules": "Right alerts by rule",
    "report.rules.text": "Every rule gets {alerts}: those it is surest of. The line is the range "
    "in which the share lies with 95 % certainty; the dashed one is what naming customers at "
    "random would reach.",
    "report.rules.plain": "Every rule gets {alerts}: those it is surest of. The dashed line is "
    "what naming customers at random would reach.",
    "report.rules.draw": "at random: {share}",
    "report.rule.vigia": "Vigía",
    "report.rule.week_over_week": "last week against the one before",
    "report.rule.four_against_twelve": "last 4 weeks against the 12 before",
    "report.rule.silence": "silence against the own interval",
    "report.rule.mbg_nbd": "MBG/NBD model",
    "report.rule.gaps": "Vigía, by own gaps",
    "report.rule.silence_days": "days of silence",
    "report.occasional": "Buyers who come now and then",
    "report.occasional.text": "{customers} bought too seldom for the score, looked at {times} "
    "times. They are judged by the gaps between their own purchases. Every rule names 5 of 100; "
    "it is right where nothing is bought for two of the customer’s usual gaps.",
    "report.lead": "How early lost customers were named",
    "report.lead.text": "A customer counts as lost after 12 silent weeks. Each dot is a lost "
    "customer, at the time of the first alert.",
    "report.lead.lost": "counts as lost",
    "report.catches": "The most valuable catches",
    "report.catches.text": "The right alerts after which most money stayed away.",
    "report.false": "The worst false alarms",
    "report.false.text": "Wrong although Vigía was surest: these customers still bought at least "
    "half of the usual.",
    "report.none": "None.",
    "report.case.alert": "alert of {day}",
    "report.case.chance": "{share} likely",
    "report.case.after": "In the eight weeks after: {followed} instead of {expected}.",
    "report.case.lost": "No purchase since {day}.",
    "report.case.missing": "{amount} missing",
    "report.case.chart": "{name}: 26 weeks before the alert and what came after; usual {amount} a "
    "week",
    "report.reliability": "Can the percentage be believed?",
    "report.reliability.text": "Customers with a similar percentage, and the share of them that "
    "then left. On the line, it is exact. Each percentage rests only on what was known then.",
    "report.reliability.short": "There were too few outcomes to show a percentage. It takes 200, "
    "20 of them customers who left.",
    "report.reliability.said": "said",
    "report.reliability.left": "left",
    "report.reliability.point": "said {said}, left {share} of {count}",
    "report.calendar": "Week by week",
    "report.calendar.text": "Whom Vigía would have named, by the last day of the week that was "
    "looked at.",
    "report.calendar.quiet": "nobody",
    "report.method": "How this was graded",
    "report.method.judged": "Judged are customers who bought in at least 8 of the last 26 weeks, "
    "for the first time at least 13 weeks ago, and at least once in the last 12: {weeks}.",
    "report.method.left": "An alert is right if the customer then spends less than half of the "
    "usual over eight weeks, the usual moved by what all customers together did in these weeks.",
    "report.method.order": "Average precision in the order of all customers: Vigía {ours}{others}.",
    "report.method.other": "; {rule} {value}",
    "report.method.refunds": "Sales are counted as booked, before refunds.",
}

PLURALS = {
    "report.customers": {"one": "{n} customer", "other": "{n} customers"},
    "report.weeks": {"one": "{n} week", "other": "{n} weeks"},
    "report.alerts": {"one": "{n} alert", "other": "{n} alerts"},
    "report.tile.alerts": {
        "=0": "about {a_week} a week",
        "one": "about {a_week} a week; what became of the last one is not known yet",
        "other": "about {a_week} a week; what became of the last {n} is not known yet",
    },
    "report.judged": {
        "one": "{n} customer in one week",
        "other": "{n} times a customer in a week",
    },
    "report.more": {"one": "and {n} more", "other": "and {n} more"},
    "report.lead.dot": {"one": "named {n} week before", "other": "named {n} weeks before"},
}
