"""Both languages say everything, with the same placeholders, and nothing is left unused."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale

from shared.wording.language import PLURALS, TEXTS

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted(TEXTS)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_every_text(code: str) -> None:
    assert TEXTS[code].keys() == TEXTS["en"].keys()
    assert PLURALS[code].keys() == PLURALS["en"].keys()


@pytest.mark.parametrize("code", LANGUAGES)
def test_translations_have_the_placeholders_of_the_english(code: str) -> None:
    different = {
        key
        for key, text in TEXTS["en"].items()
        if placeholders(text) != placeholders(TEXTS[code][key])
    }
    assert different == set()


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_plural_has_its_forms_and_placeholders(code: str) -> None:
    for key, forms in PLURALS[code].items():
        assert {"one", "other"} <= forms.keys(), key
        assert placeholders(forms["other"]) == placeholders(PLURALS["en"][key]["other"]), key
        for form in forms.values():
            assert placeholders(form) <= placeholders(forms["other"]), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_forms_are_those_of_the_language_or_exact_numbers(code: str) -> None:
    known = {*Locale(code).plural_form.tags, "other"}
    for key, forms in PLURALS[code].items():
        assert all(name in known or re.fullmatch(r"=\d+", name) for name in forms), key


def test_no_text_is_left_over() -> None:
    """A key is used as it is, or its beginning is used with a part that data fill in."""
    places = [*ROOT.glob("shared/wording/*.py"), *ROOT.glob("services/**/*.py")]
    sources = [path for path in places if not path.stem.startswith(("english", "spanish"))]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    templates = "\n".join(p.read_text("utf-8") for p in ROOT.glob("services/**/templates/*"))
    written = {w.strip(".") for w in re.findall(r'["\']([a-z_.]+)["\'{]', code + templates)}
    unused = {
        key
        for key in [*TEXTS["en"], *PLURALS["en"]]
        if key not in written and not _beginnings(key) & written
    }
    assert unused == set()


def _beginnings(key: str) -> set[str]:
    parts = key.split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts))}
