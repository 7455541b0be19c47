"""What a mail server's refusal means, and whether anything helps against it."""

import re
import smtplib
import ssl

from services.notifier.channel import Remedy, SendFailed
from shared.wording import safe

_ADDRESS = re.compile(r"\S*@\S*")
_ENHANCED = re.compile(r"5\.(\d{1,3}\.\d{1,3})\b")  # RFC 3463
_PERMANENT = 500
# Without an enhanced code: unavailable, not local, name not allowed, takes no mail (RFC 7504).
_GONE = (550, 551, 553, 556)
# The same in enhanced codes: bad mailbox, system, syntax, ambiguous, moved, takes no mail,
# disabled. The rest of them speak of the sender, of size, or of a policy.
_GONE_ENHANCED = ("1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1")
_TOO_LARGE = 552
_LOG_IN_WANTED = 530


def failure(error: Exception) -> SendFailed:
    """What went wrong, what helps, and nothing that names a person.

    A final no (5xx) to a recipient who is not there ends the address; any other to the recipient
    or the mail ends the mail. A server that refuses our log-in or our sender refuses every mail:
    that is put right by the operator, not by giving up.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return SendFailed(_reason("recipient refused", code, text), _to_recipient(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return SendFailed("the mail server offers no log-in or no STARTTLS", Remedy.PAUSE)
    if isinstance(error, ssl.SSLCertVerificationError):
        return SendFailed("the mail server's certificate cannot be verified", Remedy.RETRY)
    return SendFailed(f"no answer from the mail server: {type(error).__name__}", Remedy.RETRY)


def told(code: int, text: bytes | str) -> str:
    """The server's words without the addresses they tend to repeat."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {safe(_ADDRESS.sub('…', words), 160)}"


def _reason(what: str, code: int, text: bytes | str) -> str:
    return f"{what}: {told(code, text)}"


def _to_recipient(code: int, text: bytes) -> Remedy:
    if code < _PERMANENT:
        return Remedy.RETRY
    if code == _LOG_IN_WANTED:
        return Remedy.PAUSE
    enhanced = _ENHANCED.search(text.decode("utf-8", "replace"))
    gone = enhanced[1] in _GONE_ENHANCED if enhanced else code in _GONE
    return Remedy.SUPPRESS if gone else Remedy.ABANDON


def _refused(error: smtplib.SMTPResponseException) -> SendFailed:
    code, text = error.smtp_code, error.smtp_error
    if code < _PERMANENT or isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return SendFailed(_reason("mail server refused", code, text), Remedy.RETRY)
    if isinstance(error, smtplib.SMTPDataError) or code == _TOO_LARGE:
        return SendFailed(_reason("mail refused", code, text), Remedy.ABANDON)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SendFailed(_reason("mail server refused our log-in", code, text), Remedy.PAUSE)
    return SendFailed(_reason("mail server refused our sender", code, text), Remedy.PAUSE)
