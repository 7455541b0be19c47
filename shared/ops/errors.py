"""One tree of errors. Every message is one line: what is wrong, where, and what to do."""


class VigiaError(Exception):
    """Something a person can act on; shown as one line, never with a stack trace."""


class ConfigurationError(VigiaError):
    """A setting is missing, malformed or contradicts what was stored at the first start."""


class InputError(VigiaError):
    """A file or an argument that a person gave cannot be used."""


class DatabaseBusy(VigiaError):
    """Other writes held the database for too long."""


class LogUnavailable(VigiaError):
    """The event log did not acknowledge in time; nothing may be called accepted."""


class LostLease(VigiaError):
    """Another worker holds the lease now; whatever was begun under it must be dropped."""


class LostPosition(VigiaError):
    """Another reader of the group moved the stored position; roll back, re-read and seek."""


class LogReplaced(VigiaError):
    """The log is not the one the stored position belongs to (recreated, or cut below it)."""


class LogStalled(VigiaError):
    """A reader got nothing for long although the log holds more; only a new process helps."""


class TooManyBadRecords(VigiaError):
    """Over half of the last records could not be read as events; the consumer stops to say so."""
