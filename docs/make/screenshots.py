"""Screenshots of the dashboard for the documentation, drawn from data/samples: `make screenshots`."""

import sys
import tempfile
from pathlib import Path

from docs.make.cookbook import ROOT, samples
from expectations.rules import load_rules
from tests.browser import MISSING, chromium, launched
from warehouse.dashboard import build

TO = ROOT / "docs" / "dashboard"
FINDINGS = "report.html#at=120117/2020&id=0d27bb77ccb78c73"
REPORT = "report.html#at=320813/2023&id=3d0a14e53ceda6d7&cell=rev_total"
COMPARE = "compare.html#a=110115000000,110115106000,320813000000&year=2020"
# Name → page with its state, width, colours.
SHOTS = {
    "today": ("index.html", 1280, "light"),
    "worklist": ("worklist.html", 1280, "light"),
    "rule": ("rule.html#code=R3-ROW", 1280, "light"),
    "agency": ("agency.html#a=320813000000", 1280, "light"),
    "agency-en-dark": ("agency.html#a=320813000000&lang=en", 1280, "dark"),
    "coverage": ("coverage.html", 1280, "light"),
    "quality": ("quality.html", 1280, "light"),
    "compare": (COMPARE, 1280, "light"),
    "findings": (FINDINGS, 1280, "light"),
    "report": (REPORT, 1280, "light"),
    "report-en-dark": (f"{REPORT}&lang=en", 1280, "dark"),
    "runs": ("runs.html", 1280, "light"),
    "ask": ("ask.html#q=9", 1280, "light"),
    "coverage-small": ("coverage.html", 390, "light"),
    "report-small": (REPORT, 390, "light"),
}


def main() -> None:
    """Draw them all."""
    if not chromium():
        sys.exit(MISSING)
    titles = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
    TO.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        site = build(samples(Path(folder, "store")), Path(folder, "site"), titles).folder
        for name, (view, width, scheme) in SHOTS.items():
            context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{site.as_uri()}/{view}")
            page.wait_for_selector("main[aria-busy=false] h1")
            if name == "ask":
                page.click("#run")
                page.wait_for_selector("#table-answer", timeout=120_000)
            page.wait_for_timeout(300)
            page.screenshot(path=TO / f"{name}.png")
            context.close()


if __name__ == "__main__":
    main()
