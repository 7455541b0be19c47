"""A channel is added by copying a folder, as docs/channels.md shows: its commands are run here."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.notifier.http_server import HttpServer

ROOT = Path(__file__).parents[2]
PAGER = "https://pager.example/hook"


def commands() -> list[str]:
    """The shell lines below «Adding a channel», each whole."""
    text = (ROOT / "docs/channels.md").read_text("utf-8")
    found = re.search(r"## Adding a channel.*?```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1].replace("\\\n", " ").splitlines()


def test_a_copied_folder_sends(tmp_path: Path) -> None:
    for name in ("services", "shared"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    environment = {
        **os.environ,
        "VIGIA_DATA": str(tmp_path / "data"),
        "VIGIA_ALLOWED_HOSTS": "127.0.0.1",
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    told = ""
    with HttpServer() as server:
        for line in commands():
            words = shlex.split(line.replace(PAGER, f"{server.url}/hook"))
            if words[0] != "vigia":
                run("bash", "-c", line)
                continue
            code = "from services.cli.main import run; run()"  # the copy, not what is installed
            told = run(sys.executable, "-c", code, *words[1:])
    assert re.match(r"ok +pager +pager:[0-9a-f]{12}  200 ok\n", told), told
    (asked,) = server.asked
    assert asked.path == "/hook"
    assert asked.json["text"].startswith("Sample customer")
