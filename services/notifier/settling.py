"""What to do with deliveries that were taken, told from what nothing can be said of."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.backoff import MOST_ATTEMPTS
from services.notifier.known import Known
from services.notifier.preparing import Moment, Prepared, Preparing
from shared.storage.deliveries import Taken

GIVEN_UP = "every attempt ended with its process"
UNSAID = "the message cannot be made"
# What one strange message may raise. It must not keep the others from going out.
UNSPEAKABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """There is nothing to send, for this reason."""

    reason: str


Settled = tuple[Taken, Prepared | Unsaid]


def settle(preparing: Preparing, known: Known, batch: Sequence[Taken], at: Moment) -> list[Settled]:
    """What to do with each of the batch, by what is known at one moment."""
    return [(taken, _settle(preparing, known, taken, at)) for taken in batch]


def unsaid(error: Exception) -> str:
    """Why nothing was said, without what the message holds."""
    return f"{UNSAID}: {type(error).__name__}"


def _settle(preparing: Preparing, known: Known, taken: Taken, at: Moment) -> Prepared | Unsaid:
    if taken.attempts > MOST_ATTEMPTS:
        return Unsaid(GIVEN_UP)
    try:
        return preparing.prepare(known, taken, at)
    except UNSPEAKABLE as error:
        return Unsaid(unsaid(error))
