"""Every table, one module a group."""

from shared.storage.tables.alerts import (
    LIVING,
    alert,
    calculation,
    channel_pause,
    delivery,
    pace,
    transition,
    unreachable,
)
from shared.storage.tables.company import api_key, company, rep, rep_absence, rep_channel
from shared.storage.tables.desk import desk_session, login_request
from shared.storage.tables.judging import evaluation, score_histogram, standing
from shared.storage.tables.ledger import (
    BESIDE_TRADE,
    category_day,
    customer,
    customer_day,
    due,
    event,
    feed,
    quarantine,
)
from shared.storage.tables.log import lease, log_record, log_topic, position
from shared.storage.tables.metadata import metadata

__all__ = [
    "BESIDE_TRADE",
    "LIVING",
    "alert",
    "api_key",
    "calculation",
    "category_day",
    "channel_pause",
    "company",
    "customer",
    "customer_day",
    "delivery",
    "desk_session",
    "due",
    "evaluation",
    "event",
    "feed",
    "lease",
    "log_record",
    "log_topic",
    "login_request",
    "metadata",
    "pace",
    "position",
    "quarantine",
    "rep",
    "rep_absence",
    "rep_channel",
    "score_histogram",
    "standing",
    "transition",
    "unreachable",
]
