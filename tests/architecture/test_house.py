"""Rules of the house that no linter knows."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BANNED_NAMES = {"utils", "common", "helpers", "manager"}


def sources() -> list[Path]:
    return [*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")]


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in sources() if path.stem in BANNED_NAMES] == []


def test_the_domain_never_loads_scipy_stats() -> None:
    """It alone costs over a second at start; scipy.special has what is needed."""
    guilty = [p for p in ROOT.glob("shared/domain/*.py") if "scipy.stats" in p.read_text("utf-8")]
    assert guilty == []


def test_only_the_clock_reads_the_clock() -> None:
    words = ("datetime.now(", "time.time(", "date.today(", "utcnow(")
    guilty = [
        path
        for path in sources()
        if path.name != "clock.py" and any(word in path.read_text("utf-8") for word in words)
    ]
    assert guilty == []


@pytest.mark.parametrize("module", ["numpy", "fastapi", "sqlalchemy", "scipy"])
def test_help_loads_nothing_heavy(module: str) -> None:
    code = (
        "import sys\n"
        "from services.cli.main import run\n"
        "sys.argv = ['vigia', '--help']\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        f"sys.exit({module!r} in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_detector_starts_without_what_only_an_evaluation_needs() -> None:
    """It takes a fifth of the start."""
    code = "import sys, services.detector.service; sys.exit('scipy.special' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
