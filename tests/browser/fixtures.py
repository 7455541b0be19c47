"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GIVEN = "VIGIA_TEST_CHROMIUM"


def chromium() -> str | None:
    """Where the browser is: at VIGIA_TEST_CHROMIUM, else where Debian puts it."""
    return os.environ.get(GIVEN) or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser for the tests of a module; its event loop must end before others' may run.

    Without Chromium its tests are skipped, but not in CI.
    """
    path = chromium()
    if path is None:
        missing = f"no Chromium here: install Debian's package chromium, or set {GIVEN}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
