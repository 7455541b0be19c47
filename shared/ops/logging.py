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
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # what fails ends in a line of ours
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines name addresses
    logging.getLogger("uvicorn.error").addFilter(_is_no_taken_port)


def hear_kafka() -> None:
    """Let Kafka's client tell why it waits: a role goes on trying."""
    logging.getLogger("kafka").setLevel(logging.NOTSET)


def _is_no_taken_port(record: logging.LogRecord) -> bool:
    """A port that cannot be used ends the process, which tells it in a line of its own."""
    return not isinstance(record.msg, OSError)
