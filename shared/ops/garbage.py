"""Python's search for garbage, set for a process that runs long and works in batches."""

import gc

STEP = 50_000  # objects between searches: a folded batch makes fewer, and no cycle holds them


def search_less() -> None:
    """Leave out of every search what is loaded by now, and search in larger steps.

    What was imported stays until the end, and looking through it again and again slows folding
    down (docs/benchmarks.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(STEP, 20, 20)
