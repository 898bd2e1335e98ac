"""The docs as a static site: it builds without a warning, and every link in it leads somewhere, in both languages."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, html.HtmlElement]:
    """The pages as built; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return {path: html.fromstring(path.read_bytes()) for path in folder.rglob("*.html") if path.name != "404.html"}


def test_every_link_leads_somewhere(site: dict[Path, html.HtmlElement]) -> None:
    """To a page, a file, a heading of a page; and no page needs another site to be shown."""
    seen = 0
    for page, tree in site.items():
        for element, kind, link, _ in tree.iterlinks():
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert element.tag == "a", f"{page.name} loads {link}"
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.is_file(), f"{page.name}: {kind} {link}"
            if parts.fragment and target in site:
                names = {name for found in site[target].iter() for name in (found.get("id"), found.get("name"))}
                assert unquote(parts.fragment) in names, f"{page.name}: {link}"
            seen += 1
    assert seen > 300


def test_every_page_of_the_docs_is_in_it(site: dict[Path, html.HtmlElement]) -> None:
    """And is reached from the menu; Chinese pages name their language."""
    pages = {path.stem for path in site}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= pages
    assert {"index", "index.zh-CN", "contributing"} <= pages
    (home,) = [tree for path, tree in site.items() if path.name == "index.html"]
    listed = {Path(link).stem for _, _, link, _ in home.iterlinks()}
    assert pages <= listed | {"index"}


@pytest.mark.parametrize("chinese", sorted((ROOT / "docs").glob("*.zh-CN.md")), ids=lambda path: path.name)
def test_a_page_in_chinese_has_all_of_the_english_one(chinese: Path) -> None:
    """As many headings and rows of tables, and the same commands with the same options."""
    pages = [path.read_text("utf-8") for path in (chinese.with_name(chinese.name.replace(".zh-CN", "")), chinese)]
    for what in ("^#+ ", r"^\|"):
        counted = [len(re.findall(what, re.sub(r"(?sm)^```.*?^```", "", page), re.M)) for page in pages]
        assert counted[0] == counted[1], what
    lines = [re.findall(r"^(?:\S+/)?gongkai .*$", page, re.M) for page in pages]
    commands = [[re.findall(r"(?<!\S)[a-z]+(?!\S)|--[a-z-]+", line.partition("#")[0]) for line in of] for of in lines]
    assert commands[0] == commands[1]
    assert commands[0]
