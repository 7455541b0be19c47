"""The Dockerfile's steps in a clean folder, without a container engine.

`python -m tests.deploy.image` takes a minute or two and needs a package index, so it is no test of
the suite. Every path of the image lies below a temporary folder. Steps of the last stage that make
a user are left out; what is copied into it is tried with its environment and its health check.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.deploy.reading import ROLES, ROOT, environment, stages

PORT = "9137"
INSIDE = re.compile(r"(?<![\w.])/(opt|src|data)\b")


def _moved(text: str, root: Path) -> str:
    """Paths of the image as paths below `root`."""
    return INSIDE.sub(rf"{root}/\1", text)


def _copy(rest: str, into: Path) -> None:
    """COPY, as Docker means it: a folder's content goes into the folder that is named."""
    *sources, target = rest.split()
    for source in sources:
        origin, goal = ROOT / source, into / target
        if origin.is_dir():
            shutil.copytree(origin, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, goal / origin.name)


def build(root: Path) -> None:
    """Every step of the first stage."""
    here, variables = root, dict(os.environ)
    variables |= environment(stages()[0])
    for name, rest in stages()[0]:
        sys.stdout.write(f"{name} {rest}\n")
        if name == "WORKDIR":
            here = Path(_moved(rest, root))
            here.mkdir(parents=True)
        elif name == "COPY":
            _copy(rest, here)
        elif name == "RUN":
            command = ["/bin/sh", "-ec", _moved(rest, root)]
            subprocess.run(command, cwd=here, env=variables, check=True)


def try_out(root: Path) -> None:
    """Each role starts in the image's environment; the health check sees it live and end."""
    last = stages()[-1]
    (root / "data").mkdir()
    variables = {
        **{key: _moved(value, root) for key, value in environment(last).items()},
        "PATH": f"{root}/opt/vigia/bin:{os.environ['PATH']}",
        "VIGIA_OPS_PORT": PORT,
        "VIGIA_PORT": "0",
    }
    program = f"{root}/opt/vigia/bin/vigia"
    check = next(rest for name, rest in last if name == "HEALTHCHECK")
    command = json.loads(check.split(" CMD ")[1])

    subprocess.run([program, "--version"], env=variables, check=True)
    subprocess.run([program, "migrate"], env=variables, check=True)
    for role in ROLES:
        process = subprocess.Popen([program, role], env=variables, cwd=root / "data")
        try:
            _wait(f"http://127.0.0.1:{PORT}/healthz")
            assert _succeeds(command, variables), f"the check does not see a living {role}"
        finally:
            process.terminate()
            code = process.wait(30)
        assert code == 0, f"SIGTERM ended {role} with {code}"
        assert not _succeeds(command, variables), f"the check sees a {role} that has ended"
    assert not list((root / "opt/vigia/lib").glob("python*/site-packages/pip")), (
        "pip is in the image"
    )


def _succeeds(command: list[str], variables: dict[str, str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, env=variables, stderr=quiet, check=False).returncode == 0


def _wait(address: str) -> None:
    for _ in range(150):
        try:
            with urlopen(address, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"nothing answers at {address}")


def main() -> None:
    """Build and try out, then say how large the result is."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        build(root)
        try_out(root)
        files = [path for path in (root / "opt/vigia").rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files if not path.is_symlink())
        sys.stdout.write(f"all steps done; /opt/vigia holds {size / 1e6:.0f} MB\n")


if __name__ == "__main__":
    main()
