"""Twenty situations as they are told, in files that a person can read.

After a wanted change: `pytest tests/wording --renew-golden`, and read the difference.
"""

from pathlib import Path

import pytest

from shared.wording import sentence
from shared.wording.language import TEXTS
from tests.wording.situations import SITUATIONS, TODAY

GOLDEN = Path(__file__).parent / "golden"
# What a rep between two visits should not have to know.
JARGON = ("probab", "signific", "score", "percentile", "log odds", "p-val", "desviac", "varian")


def told(name: str) -> str:
    """The sentence in every language, a line each."""
    said = {code: sentence(SITUATIONS[name], locale=code, as_of=TODAY) for code in sorted(TEXTS)}
    return "".join(f"{code}: {text}\n" for code, text in said.items())


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--renew-golden"):
        path.write_text(told(name), "utf-8")
    assert told(name) == path.read_text("utf-8")


def test_there_is_a_file_for_every_situation_and_no_other() -> None:
    assert len(SITUATIONS) == 20
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_is_short_and_in_plain_words(name: str) -> None:
    for line in told(name).splitlines():
        assert not any(word in line.lower() for word in JARGON)
        assert len(line) < 360 or name.startswith("20")
