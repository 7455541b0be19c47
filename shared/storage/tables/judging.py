"""What was judged and why: evaluations, standings, weekly score histograms."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text

from shared.storage.tables.metadata import metadata
from shared.storage.tables.types import Day, Document, Instant, Number, Units

evaluation = Table(
    "evaluation",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("as_of", Day, nullable=False),  # the first day after the weeks it looked at
    Column("live", Boolean, nullable=False),
    Column("state", Text, nullable=False),  # running, judging, done
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("progress", Document, nullable=False, default=dict),  # where the next holder resumes
    Column("portfolio", Document),  # season, medians, priors: enough to score one customer
    Column("threshold", Float),
    Column("closing", Float),
    Column("calibration", Document),  # what makes a chance of a score; null: too few labels
    Column("judged", Integer, nullable=False, default=0),
    Column("opened", Integer, nullable=False, default=0),
    Index("ix_evaluation_live_as_of", "live", "as_of"),
    sqlite_autoincrement=True,
)

standing = Table(
    "standing",
    metadata,
    Column("evaluation", Number, ForeignKey("evaluation.id"), primary_key=True),
    Column("customer", Number, ForeignKey("customer.number"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("score", Float),
    Column("change", Float),
    Column("outlook", Float),
    Column("level4", Float),
    Column("longrun", Float),
    Column("dips", Float),
    Column("swing", Float),
    Column("tenure", Float),
    Column("raw", Float),
    Column("weekly_usual", Units),
    Column("weekly_now", Units),
    Column("value_at_risk", Units),  # a year
    Column("currency", Text),
    Column("rep", Text),
    Column("rank", Integer),  # among the rep's candidates of this evaluation, from 1
    Column("window_weeks", Integer),
    Column("margin_rate", Text),  # by which the value at risk is margin; null: it is revenue
    Column("basis", Text),  # by what the customer was judged: score, gap, category
    Column("priority", Float),  # of a candidate: the rep's list is in this order
    Column("raised", Float),  # the customer's bar, above everybody's
    Column("confirmed", Float),  # how much of the score the own season confirms; null: all
    Index("ix_standing_customer", "customer"),
    sqlite_with_rowid=False,
)

# One row a closed week: from it come the floor and the mean that the score is measured against.
score_histogram = Table(
    "score_histogram",
    metadata,
    Column("week", Day, primary_key=True, autoincrement=False),
    Column("judged", Integer, nullable=False),
    Column("mean_raw", Float, nullable=False),
    Column("bins", Document, nullable=False),  # bin number -> customers
)
