"""Reading somebody's CSV file row by row, plain or gzipped, naming the place of any damage."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shared.ops.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"


class FileRow:
    """Where something is wrong in a file, for people: rows count from 1, the header is row 1."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.number = number

    def error(self, what: str) -> InputError:
        """The one line to show; nothing was imported when it is raised."""
        return InputError(f"{self.path}, row {self.number:,}: {what}; nothing was imported")


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, inflated when it is gzip. Raises InputError."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP_MAGIC
        return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the name") from None


def read_rows(path: Path, *, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Every row of a CSV file, the header first; blank rows come as empty lists.

    Raises InputError with the row when the file ends in the middle of a gzip stream, is not
    text in `encoding`, or is not CSV.
    """
    number = 0
    try:
        with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
            for row in csv.reader(text, delimiter=delimiter, strict=True):
                number += 1
                yield row
    except EOFError:
        raise FileRow(path, number + 1).error(
            "the gzip file ends in the middle; copy it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise FileRow(path, number + 1).error("the gzip file is damaged; copy it again") from None
    except UnicodeDecodeError:
        raise FileRow(path, number + 1).error(
            f"not text in {encoding}; name another encoding in the mapping"
        ) from None
    except csv.Error as error:
        raise FileRow(path, number + 1).error(f"not CSV ({error})") from None


def holds_json(path: Path) -> bool:
    """Whether the file holds events as JSON and no table. Raises InputError."""
    with open_bytes(path) as file, _damage(path):
        return file.read(64).lstrip()[:1] == b"{"


def filled_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of every line that is not blank. Raises InputError."""
    with open_bytes(path) as file, _damage(path):
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"{path}: the gzip file is cut or damaged ({error}); copy it again; "
            "nothing was imported"
        ) from None
