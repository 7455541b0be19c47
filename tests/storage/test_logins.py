"""Log-in links: once, soon, in the browser that asked; and sessions that end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shared.storage import logins, sessions
from shared.storage.database import Database
from shared.storage.logins import Asked
from shared.storage.tables import desk_session, login_request
from tests.postgres.kinds import every_database

pytestmark = every_database
AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
LASTS = timedelta(minutes=15)


def asked(database: Database, name: str = "q1", at: datetime = AT, **changes: Any) -> None:
    given: dict[str, Any] = {
        "rep": "ana", "token": f"token-{name}", "browser": "browser", "address": "x", "client": "y",
        "locale": None, **changes,
    }  # fmt: skip
    with database.write() as connection:
        logins.ask(connection, Asked(id=name, **given), at, LASTS)


def used(database: Database, token: str, browser: str = "browser", at: datetime = AT) -> str | None:
    with database.write() as connection:
        return logins.use(connection, token, browser, at)


def why_not(
    database: Database, token: str, browser: str | None = "browser", at: datetime = AT
) -> str | None:
    with database.read() as connection:
        return logins.refusal(connection, token, browser, at)


def test_a_link_lets_in_once(database: Database) -> None:
    asked(database)
    assert why_not(database, "token-q1") is None
    assert used(database, "token-q1") == "ana"
    assert used(database, "token-q1") is None
    assert why_not(database, "token-q1") == "used"


def test_a_link_lets_in_soon(database: Database) -> None:
    asked(database)
    late = AT + LASTS
    assert used(database, "token-q1", at=late) is None
    assert why_not(database, "token-q1", at=late) == "expired"
    assert used(database, "token-q1", at=late - timedelta(seconds=1)) == "ana"


def test_a_link_lets_in_only_the_browser_that_asked(database: Database) -> None:
    asked(database)
    assert used(database, "token-q1", "another") is None
    assert why_not(database, "token-q1", "another") == "other_browser"
    assert why_not(database, "token-q1", None) == "other_browser"
    assert used(database, "token-q1") == "ana"


def test_a_link_of_nobody_lets_nobody_in(database: Database) -> None:
    asked(database, rep=None)
    assert used(database, "token-q1") is None
    assert used(database, "token-made-up") is None
    assert why_not(database, "token-made-up") == "unknown"


def test_no_token_is_stored(database: Database) -> None:
    asked(database)
    with database.write() as connection:
        session = sessions.begin(connection, "ana", AT, LASTS)
    with database.read() as connection:
        rows = [
            *connection.execute(select(login_request)),
            *connection.execute(select(desk_session)),
        ]
    assert not [row for row in rows if "token-q1" in str(row) or session in str(row)]


def test_how_often_it_was_asked_lately(database: Database) -> None:
    asked(database, "a", address="x", client="one")
    asked(database, "b", address="x", client="two", at=AT + timedelta(minutes=1))
    asked(database, "c", address="z", client="two", at=AT + timedelta(minutes=2))
    with database.read() as connection:
        assert logins.lately(connection, AT - LASTS, address="x", client="two") == (2, 2)
        assert logins.lately(connection, AT, address="x", client="one") == (1, 0)


def test_requests_of_yesterday_are_forgotten(database: Database) -> None:
    asked(database, "old")
    asked(database, "new", at=AT + timedelta(days=1, seconds=1))
    with database.read() as connection:
        assert list(connection.scalars(select(login_request.c.id))) == ["new"]


def test_a_mail_is_sent_by_one_and_again_when_that_one_dies(database: Database) -> None:
    asked(database, "q1")
    asked(database, "nobody", rep=None)
    with database.write() as connection:
        order = logins.take(connection, owner="one", at=AT)
        assert order is not None
        assert (order.id, order.rep) == ("q1", "ana")
        assert logins.take(connection, owner="two", at=AT) is None
        connection.execute(login_request.update().values(until=0))
        again = logins.take(connection, owner="two", at=AT)
        assert again is not None
        assert not logins.sent(connection, order, AT)
        assert logins.sent(connection, again, AT)
        assert logins.take(connection, owner="one", at=AT) is None


def test_a_mail_that_comes_too_late_or_never_arrives_is_given_up(database: Database) -> None:
    asked(database)
    with database.write() as connection:
        assert logins.take(connection, owner="one", at=AT + LASTS) is None
        for _ in range(logins.MOST_ATTEMPTS):
            assert logins.take(connection, owner="one", at=AT) is not None
            connection.execute(login_request.update().values(until=0))
        assert logins.take(connection, owner="one", at=AT) is None


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=13)])
def test_a_session_is_its_reps_until_it_ends(database: Database, later: timedelta) -> None:
    lasts = timedelta(days=14)
    with database.write() as connection:
        token = sessions.begin(connection, "ana", AT, lasts)
        other = sessions.begin(connection, "bea", AT, lasts)
        assert sessions.rep_of(connection, token, AT + later) == "ana"
        assert sessions.rep_of(connection, token, AT + lasts) is None
        assert sessions.rep_of(connection, token + "x", AT) is None
        assert sessions.rep_of(connection, "", AT) is None
        sessions.end(connection, token)
        assert sessions.rep_of(connection, token, AT + later) is None
        assert sessions.rep_of(connection, other, AT + later) == "bea"


def test_sessions_that_ended_are_forgotten(database: Database) -> None:
    with database.write() as connection:
        sessions.begin(connection, "ana", AT, LASTS)
        sessions.begin(connection, "bea", AT + LASTS, LASTS)
        assert list(connection.scalars(select(desk_session.c.rep))) == ["bea"]
