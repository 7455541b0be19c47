"""Apprise, kept in bounds: one object a delivery, no retries of its own, and an end to waiting."""

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing.wire import Resolve, is_inside, resolve

if TYPE_CHECKING:
    from apprise import NotifyBase

MISSING = "Apprise is not installed here; install it with: pip install 'vigia[apprise]'"
WORKERS = 4
# Mail and XMPP may go by another host than the one that their addresses name.
_CONNECTS_TO = ("smtp_host", "xmpp_host", "host")


def load(url: str) -> "NotifyBase | None":
    """The service of an Apprise URL, with nothing of its own accord; None if it is none.

    Raises ModuleNotFoundError where Apprise is not installed.
    """
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(async_mode=False, http_redirects=False, storage_mode="memory")
    service = Apprise.instantiate(url, asset=asset)
    if service is not None:
        service.retry = 0  # an URL may ask for some
        service.redirects = False
    return service


def notify(service: "NotifyBase", title: str, body: str) -> bool:
    """Whether the service took it. Apprise tells no more."""
    from apprise import Apprise

    sender = Apprise(asset=service.asset)
    sender.add(service)
    return bool(sender.notify(title=title, body=body, body_format="text"))


def check_host(service: "NotifyBase", allowed: Collection[str], resolve: Resolve = resolve) -> None:
    """Raise SendFailed when the URL names a host of its own that lies inside.

    Apprise resolves the name again by itself: the operator who gives such an URL trusts whoever
    owns that name.
    """
    named = (getattr(service, name, None) for name in _CONNECTS_TO)
    host = next((str(one).lower() for one in named if one), "")
    if not host or host in allowed:
        return
    try:
        inside = is_inside(resolve(host, getattr(service, "port", None) or 0))
    except OSError:
        raise SendFailed("the host's name cannot be resolved", Remedy.RETRY) from None
    if inside:
        raise SendFailed(
            "the host is not in the public internet; the operator may allow it with "
            "VIGIA_ALLOWED_HOSTS",
            Remedy.ABANDON,
        )


class Pool:
    """Runs a few things at a time, and waits for none of them longer than it may take.

    What takes longer goes on in the background and keeps its place until it ends.
    """

    def __init__(self, workers: int = WORKERS) -> None:
        self._places = threading.BoundedSemaphore(workers)

    def run(self, work: Callable[[], bool], seconds: float) -> bool:
        """What `work` returns; raises SendFailed when that is not known in time, or it fails."""
        if not self._places.acquire(timeout=seconds):
            raise SendFailed("all places are taken by services that do not answer", Remedy.RETRY)
        found: list[bool | Exception] = []

        def labour() -> None:
            try:
                found.append(work())
            except Exception as error:  # noqa: BLE001 - raised below, where somebody waits for it
                found.append(error)
            finally:
                self._places.release()

        thread = threading.Thread(target=labour, name="apprise", daemon=True)
        thread.start()
        thread.join(seconds)
        if not found:
            raise SendFailed(f"no answer within {seconds:g} s", Remedy.RETRY)
        if isinstance(found[0], SendFailed | ModuleNotFoundError):
            raise found[0]
        if isinstance(found[0], Exception):  # a fault of one of a hundred plugins
            raise SendFailed(f"Apprise failed: {type(found[0]).__name__}", Remedy.RETRY)
        return found[0]
