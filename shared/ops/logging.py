"""Structured log lines on standard error, free of personal data by the callers' discipline."""

import logging
import sys
from typing import Literal

import structlog

LogFormat = Literal["text", "json"]


def configure_logging(*, level: str = "info", form: LogFormat = "text") -> None:
    """Send every log line to standard error, as text for people or JSON for collectors."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = max(number, logging.WARNING)  # what libraries tell of their inner life
    logging.basicConfig(level=foreign, stream=sys.stderr, force=True)
    logging.getLogger("kafka").setLevel(foreign)
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines name addresses
