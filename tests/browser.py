"""A real browser for tests and screenshots: Debian's Chromium, headless, driven by Playwright, its network off.

Its headless shell draws the same pages without the windows of a desktop, which take most of the time of a short test.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

MISSING = "no Chromium; on Debian: apt-get install chromium-headless-shell fonts-noto-cjk"
_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --disable-component-update "
    "--no-first-run"
).split()


def chromium() -> str:
    """Where Chromium is; "" if it is not installed."""
    found = map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))
    return next(filter(None, found), "")


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_OPTIONS)
        yield browser
        browser.close()


def visit(page: Page, url: str) -> Page:
    """Open an address and wait until the page is drawn."""
    page.goto("about:blank")
    page.goto(url)
    return drawn(page)


def drawn(page: Page) -> Page:
    """The page, once it is drawn."""
    page.wait_for_selector("main[aria-busy=false] h1")
    return page


_AXE = Path(__file__).parent / "axe" / "axe.min.js"
_VIOLATIONS = """
async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return grave.map((one) => [one.id, one.nodes[0].html]);
}
"""


def grave_violations(page: Page) -> list[list[str]]:
    """What axe finds on a page that keeps somebody from using it: the rule and the first element that breaks it."""
    page.add_script_tag(path=_AXE)
    found: list[list[str]] = page.evaluate(_VIOLATIONS)
    return found
