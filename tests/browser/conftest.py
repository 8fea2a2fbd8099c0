"""What browser tests stand on: one real Chromium for the run, a fresh context for each test, and ears for its console.

Where no Chromium is found a test is skipped by name; in CI that is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS_OWN = ("Failed to load resource", "Blocked script execution in ")
LISTEN_FOR_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((entry) => entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Noise:
    """Everything a page said that a shopper's console would show."""

    words: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda message: self.words.append(message.text))
        page.on("pageerror", lambda error: self.words.append(f"thrown: {error}"))

    @property
    def of_scripts(self) -> list[str]:
        """Leave out what the browser itself writes, which no script can prevent.

        That is of a failed request, and of a sandboxed frame, when a test looks into it on a busy machine.
        """
        return [words for words in self.words if not words.startswith(BROWSERS_OWN)]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    if found is None:
        reason = f"no Chromium on this machine (looked for {', '.join(CHROMIUMS)})"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; in CI browser tests have to run")
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser without a past."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(10_000)
    context.add_init_script(LISTEN_FOR_SHIFTS)
    yield context
    context.close()


@pytest.fixture
def noise() -> Noise:
    return Noise()


@pytest.fixture
def page(context: BrowserContext, noise: Noise) -> Page:
    page = context.new_page()
    noise.listen(page)
    return page
