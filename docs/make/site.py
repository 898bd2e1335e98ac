"""What the site holds beside docs/: pages of the repository that lie elsewhere, their links led to the site's own.

A hook of MkDocs (`mkdocs.yml`).
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
# Page of the site → file of the repository.
PAGES = {
    "index.md": "README.md",
    "index.zh-CN.md": "README.zh-CN.md",
    "contributing.md": "CONTRIBUTING.md",
    "data.md": "data/README.md",
    "divisions.md": "transform/reference/README.md",
    "prefect.yaml": "prefect.yaml",
}
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")


def on_config(config: Any, **_: Any) -> Any:
    """List the Chinese pages."""
    chinese = sorted(path.name for path in (ROOT / "docs").glob("*.zh-CN.md"))
    config["nav"][-1]["中文"] += chinese
    return config


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add the pages that lie elsewhere."""
    for page, source in PAGES.items():
        files.append(File.generated(config, page, content=_led(page, (ROOT / source).read_text("utf-8"))))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead the links of the pages in docs/ that go out of it."""
    return markdown if page.file.src_uri in PAGES else _led(page.file.src_uri, markdown)


def _led(page: str, text: str) -> str:
    """A page whose links go to the pages of the site."""
    source = PAGES.get(page, f"docs/{page}")
    known = {target: name for name, target in PAGES.items()}

    def led(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        to = known.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(to, posixpath.dirname(page) or ".")

    return _LINK.sub(led, text)
