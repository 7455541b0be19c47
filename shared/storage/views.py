"""The reporting views."""

from sqlalchemy import Connection


def create(connection: Connection) -> None:
    """Create every view."""


def drop(connection: Connection) -> None:
    """Drop every view."""
