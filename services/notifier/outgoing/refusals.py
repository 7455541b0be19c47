"""What every HTTP provider's silence and hurry mean."""

from services.notifier.channel import Remedy, SendFailed
from services.notifier.outgoing.posting import DEFAULT_WISH, Answer, Unanswered

_HURRY = (429, 503)


def unanswered(error: Unanswered) -> SendFailed:
    """A host that may not be asked is one for ever; others are left alone for a moment."""
    if error.refused:
        return SendFailed(str(error), Remedy.ABANDON)
    return SendFailed(str(error), Remedy.RETRY, leave_alone=DEFAULT_WISH)


def busy(answer: Answer) -> bool:
    """Whether the provider cannot take it now, by fault of its own or because of too many."""
    return answer.status in _HURRY or answer.status >= 500


def later(answer: Answer, words: str = "") -> SendFailed:
    """Try again, and leave the provider alone for as long as it wants."""
    reason = f"answered {answer.status}{words and f' {words}'}"
    wish = {"leave_alone": answer.leave_alone} if answer.status in _HURRY else {}
    return SendFailed(reason, Remedy.RETRY, **wish)
