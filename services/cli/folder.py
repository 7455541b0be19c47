"""The lock on a data folder: one process at a time folds and judges what lies in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shared.ops.errors import ConfigurationError

LOCK_NAME = "vigia.lock"


class FolderInUse(ConfigurationError):
    """Another process works in the data folder."""


@contextmanager
def hold_folder(data: Path) -> Iterator[None]:
    """Hold DATA/vigia.lock until the end; the kernel frees it when the process dies.

    Raises FolderInUse at once when another process holds it.
    """
    file = _open_lock(data)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(
                f"another vigia works in {data}; stop it first, or choose another --data"
            ) from None
        yield
    finally:
        file.close()


def _open_lock(data: Path) -> IO[str]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        return (data / LOCK_NAME).open("a", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the data folder {data} cannot be used ({error.strerror}); choose another --data"
        ) from None
