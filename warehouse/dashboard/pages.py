"""The pages without their data: HTML, the policy they run under, texts, and the libraries shipped with them."""

import shutil
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from extract.yaml_data import parsed

# What each page runs beside the common script.
PAGES = {
    "index": ("echarts.common.min.js", "chart.js", "store.js", "today.js"),
    "reports": ("reports.js",),
    "worklist": ("report.js", "worklist.js"),
    "coverage": ("store.js", "coverage.js"),
    "quality": ("echarts.common.min.js", "chart.js", "store.js", "quality.js"),
    "compare": ("echarts.common.min.js", "chart.js", "compare.js"),
    "report": ("report.js",),
    "rule": ("echarts.common.min.js", "chart.js", "rule.js"),
    "agency": ("echarts.common.min.js", "chart.js", "agency.js"),
    "search": ("search.js",),
    "runs": ("echarts.common.min.js", "chart.js", "store.js", "runs.js"),
    "ask": ("echarts.common.min.js", "chart.js", "ask.js"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'; img-src 'self' data:{worker}; base-uri 'none'; "
    "form-action 'none'{connect}"
)


def policy(page: str) -> str:
    """The Content-Security-Policy of a page. Only `ask` runs WebAssembly, in a worker made of a file of the site; only
    `worklist` sends anything, to the local server that serves it.
    """
    return _POLICY.format(
        script=" 'wasm-unsafe-eval'" if page == "ask" else "",
        worker="; worker-src blob:" if page == "ask" else "",
        connect="; connect-src 'self'" if page == "worklist" else "",
    )


def texts() -> dict[str, Any]:
    """The words of the pages in both languages, by key."""
    found: dict[str, Any] = parsed((files(__package__) / "texts.yaml").read_text("utf-8"))
    return found


def write_pages(to: Path) -> None:
    """Write the pages, scripts, styles and libraries into a folder."""
    words = texts()
    for page, scripts in PAGES.items():
        (to / f"{page}.html").write_text(_page(page, scripts, words), "utf-8")
    for name in ("static", "vendor"):
        with as_file(files(__package__) / name) as folder:
            shutil.copytree(folder, to / name, ignore=shutil.ignore_patterns("*.gz", "*.md", "manifest.yaml"))


def library(name: str) -> bytes:
    """A file of the libraries shipped."""
    return (files(__package__) / "vendor" / name).read_bytes()


def _page(page: str, scripts: tuple[str, ...], words: dict[str, Any]) -> str:
    title = f"{words['pages'][page][0]} · gongkai 公开"
    paths = ["data/site.js", "static/core.js", "static/find.js", "static/table.js"]
    paths += [f"{'vendor' if script.endswith('.min.js') else 'static'}/{script}" for script in scripts]
    tags = "".join(f'<script src="{path}" defer></script>' for path in ["static/put.js", *paths])
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN" data-page="{page}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(page))}">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="static/icon.svg">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="static/page.css">{tags}</head>'
        f'<body><a class="skip" id="skip" href="#main">{words["skip"][0]}</a><header id="head"></header>'
        f'<main id="main" tabindex="-1"><noscript>{words["noscript"][0]} · {words["noscript"][1]}</noscript></main>'
        '<footer id="foot"></footer></body></html>\n'
    )
