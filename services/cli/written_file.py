"""Files that a command writes: none takes another's place, and what keeps it is one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.ops.errors import InputError


def require_own_file(option: str, written: Path | None, *others: Path | None) -> None:
    """Raise InputError when writing what `option` names would destroy one of the other files."""
    for other in others:
        if written is not None and other is not None and _same(written, other):
            raise InputError(f"{option} {written} would overwrite {other}; name another file")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise InputError when `path` cannot be written inside."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another") from None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)  # also by a link
    except OSError:  # one of them is not there yet
        return one.resolve() == other.resolve()
