"""What a long-running process does about garbage, tried in a process of its own."""

import subprocess
import sys

TRIED = """
import gc, weakref
from shared.ops.garbage import STEP, search_less

class Ring:
    pass

old = Ring(); old.itself = old
search_less()
assert gc.get_freeze_count() > 1000, "what is loaded is still searched"
assert gc.get_threshold()[0] == STEP
new = Ring(); new.itself = new; gone = weakref.ref(new); del new
kept = [[] for _ in range(2 * STEP)]
assert gone() is None, "garbage that came later is never found"
"""


def test_what_is_loaded_is_left_alone_and_later_garbage_is_found() -> None:
    tried = subprocess.run(
        [sys.executable, "-c", TRIED], check=False, capture_output=True, text=True
    )
    assert tried.returncode == 0, tried.stderr
