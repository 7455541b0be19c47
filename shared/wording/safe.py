"""Making what customers and clerks typed safe to say: one line, no tricks, not too long."""

import unicodedata

LONGEST = 60
ELLIPSIS = "…"
_SPACES = {"Zs", "Zl", "Zp"}


def safe(text: object, longest: int = LONGEST) -> str:
    """`text` as one line of at most `longest` characters, without anything that is not seen.

    Nothing is left of None, and of what is blank.

    Control characters and every kind of space become a space; marks that reorder or hide text
    (bidirectional overrides, zero width characters), surrogates and private characters vanish.
    """
    given = "" if text is None else str(text)[: longest * 20]
    if not given.isprintable():  # nothing but spaces and what is seen: almost always
        given = "".join(_shown(character) for character in given)
    line = " ".join(given.split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rstrip() + ELLIPSIS


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc" or category in _SPACES:
        return " "
    return "" if category.startswith("C") else character
