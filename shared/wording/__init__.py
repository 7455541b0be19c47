"""Words for people, in English and Spanish; nowhere else is any written."""

from shared.wording.language import Language, language
from shared.wording.safe import safe
from shared.wording.sentence import sentence

__all__ = ["Language", "language", "safe", "sentence"]
