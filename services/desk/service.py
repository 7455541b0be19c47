"""The desk put together: one application below /desk/."""

from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from prometheus_client import CollectorRegistry
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from services.desk.alert import alert_routes
from services.desk.alerts import list_routes
from services.desk.auth import Auth
from services.desk.desk import Desk
from services.desk.guard import Guard
from services.desk.link import link_routes
from services.desk.login import login_routes
from services.desk.metrics import DeskMetrics
from services.desk.pages import STATIC
from services.desk.trouble import trouble_handlers
from services.desk.unsubscribe import unsubscribe_routes
from shared.domain.week import Calendar
from shared.ops.clock import Clock
from shared.ops.links import Links
from shared.ops.login_links import LoginLinks
from shared.ops.secret import load_secret
from shared.ops.settings import Settings
from shared.ops.unsubscribe_links import UnsubscribeLinks
from shared.ops.wakeup import Wakeup
from shared.storage.database import Database

A_YEAR = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """Files that never change under their address, which holds a digest of them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = A_YEAR
        return answer


def create_desk(
    *,
    settings: Settings,
    database: Database,
    calendar: Calendar,
    clock: Clock,
    wakeup: Wakeup,
    registry: CollectorRegistry,
) -> FastAPI:
    """The application over a migrated database; every path of it begins with /desk.

    Raises ConfigurationError where there is no secret.
    """
    secret = load_secret(settings)
    desk = Desk(
        settings=settings,
        database=database,
        clock=clock,
        calendar=calendar,
        wakeup=wakeup,
        secret=secret,
        links=Links.of(settings),
        logins=LoginLinks.of(settings),
        unsubscribing=UnsubscribeLinks.of(settings),
        metrics=DeskMetrics(registry),
    )
    auth = Auth(desk)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    trouble_handlers(app, desk)
    app.add_api_route("/desk", lambda: RedirectResponse("/desk/"), include_in_schema=False)
    app.include_router(list_routes(desk, auth))
    app.include_router(alert_routes(desk, auth))
    app.include_router(link_routes(desk, auth))
    app.include_router(login_routes(desk, auth))
    app.include_router(unsubscribe_routes(desk))
    app.mount("/desk/static", Files(directory=STATIC))
    app.add_middleware(Guard, metrics=desk.metrics, clock=clock)
    return app


class Front:
    """One port for two applications: below /desk the desk, everything else `other`'s.

    Whoever comes without a path is led to the desk.
    """

    def __init__(self, desk: ASGIApp, other: ASGIApp) -> None:
        self._desk = desk
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/":
            await RedirectResponse("/desk/")(scope, receive, send)
        elif path == "/desk" or path.startswith("/desk/"):
            await self._desk(scope, receive, send)
        else:
            await self._other(scope, receive, send)
