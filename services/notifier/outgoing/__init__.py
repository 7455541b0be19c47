"""Posting to addresses that people gave us, which may lead anywhere."""

from services.notifier.outgoing.posting import Answer, Outgoing, Unanswered, allowed_hosts
from services.notifier.outgoing.refusals import busy, later, unanswered
from services.notifier.outgoing.urls import checked_url, host_of

__all__ = [
    "Answer",
    "Outgoing",
    "Unanswered",
    "allowed_hosts",
    "busy",
    "checked_url",
    "host_of",
    "later",
    "unanswered",
]
