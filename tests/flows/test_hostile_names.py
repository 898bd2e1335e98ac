"""Names are data: whatever bytes a file is called by, it is read, on record, and does nothing to who looks at it."""

import os
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from flows.show import screen
from flows.show.screen import printable, show_table, write_table
from flows.show.summary import in_markdown, needing_a_person, show_summary
from flows.sources.declared import as_named
from flows.sources.find import find_files, name_of
from tests.flows.here import ingest_here, read_here
from tests.flows.test_ingest import cut, page
from warehouse.query import query

GOOD = int(os.environ.get("GONGKAI_GOOD", "60"))  # a night asks for 300
HOSTILE = [
    *("公开年报".encode("gbk"), "龍頭鎮".encode("big5"), b"\xff\xfe\xfd", b"\x80", "é".encode("latin-1")),
    *(b"\xed\xa0\x80", b"\xc0\xaf", b"a\x1b[2Jb", b"a\x1b]0;title\x07b", b"a\nb", b"a\r\nb", b"a\tb", b"a\x01b"),
    *(b"\x7f", b"\x08\x08\x08", "\u202egpj".encode(), "\u2066a\u2069".encode(), "\u200fa".encode(), "\u2028a".encode()),
    *("\u2029a".encode(), "\x85a".encode(), "\ufeffa".encode(), "\x9b2J".encode(), b"[bold]x", b"[red]x["),
    *(b"[link=file:etc]x", b":smile:", b"<img src=x onerror=alert(1)>", b"<script>alert(1)<", b"&amp;lt;"),
    *(b"**b** `c` | d |", b"# h", b"[a](javascript:alert(1))", b"=1+1", b"+cmd|' C'!A0", b"@SUM(1)", b"-1+1"),
    *(b"x" * 250, "年".encode() * 83, b"%s%n{0}{}", b"$(id)`id`;rm", b"' OR 1=1 --", b"a..%2f..%2fetc"),
]


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A run over good files and hostile names, in a folder whose own name is no UTF-8."""
    folder = tmp_path_factory.mktemp("names") / os.fsdecode("来件".encode("gbk"))
    folder.mkdir()
    for number in range(GOOD):
        good = page(2021 + number % 3, agency="四川省攀枝花市盐边县新九镇人民政府")
        (folder / f"good-{number:03d}.html").write_bytes(good.replace(b"</body>", b"<!-- %d --></body>" % number))
    whole = page(2024, agency="四川省攀枝花市盐边县新九镇人民政府")
    for number, name in enumerate(HOSTILE):
        data = cut(whole) if number % 5 == 0 else whole
        (folder / os.fsdecode(name)).write_bytes(data + b"<!-- %d -->" % number)
    (folder / "out.html").symlink_to("/etc/passwd")
    (folder / "in.html").symlink_to(folder / "good-000.html")
    with pytest.MonkeyPatch.context() as patch:
        read_here(patch)
        return ingest_here(tmp_path_factory.mktemp("names") / "store", as_named(str(folder)))


def test_every_file_is_on_record(summary) -> None:
    """Under a name a person can read; a link that leads out of the folder is refused, one inside is not."""
    names = query(summary.store, "SELECT source_name FROM document")["source_name"].to_pylist()
    assert len(names) == len(set(names)) == GOOD + len(HOSTILE) + 1
    assert {"公开年报", r"a\x1b[2Jb", r"a\nb", "[bold]x", "=1+1", r"\u202egpj"} <= set(names)
    assert not [name for name in names if printable(name) != name]
    (refused,) = [line for line in summary.lines if line.source_name == "out.html"]
    assert "leads out of the folder" in refused.reason
    assert query(summary.store, "SELECT count(DISTINCT source_name) AS n FROM fact").to_pylist()[0]["n"] >= 1


def seen(monkeypatch: pytest.MonkeyPatch, show: object) -> str:
    """What a terminal gets, byte by byte."""
    out = StringIO()
    monkeypatch.setattr(screen.sys, "stdout", out)
    out.isatty = lambda: False
    show()
    return out.getvalue()


def test_nothing_is_interpreted_on_the_terminal(summary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Summary and query show the names as they are stored, and no control character but the line's end."""
    shown = seen(monkeypatch, lambda: show_summary(screen.terminal(), summary))
    shown += seen(monkeypatch, lambda: show_table(query(summary.store, "SELECT source_name, reason FROM document")))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    for name in ("[bold]x", r"a\x1b[2Jb", ":smile:", "[link=file:etc]x", "<script>alert(1)<"):
        assert name in shown
    assert isinstance(screen.terminal(), Console)


def test_a_cell_that_would_steer_the_terminal_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is printed through it, styles of our own aside."""
    shown = seen(monkeypatch, lambda: screen.terminal().print("a\x1b[2Jb [bold]c\u202e"))
    assert shown == "a\\x1b[2Jb [bold]c\\u202e\n"


def test_logs_artifacts_and_spreadsheets(summary, tmp_path: Path) -> None:
    """One line a name; no formula in CSV, though a number and a dash stay what they are."""
    for row in needing_a_person(summary):
        assert all(printable(text) == text for text in row.values())
    assert "\x1b" not in in_markdown(summary)
    with (tmp_path / "names.csv").open("wb") as out:
        write_table(query(summary.store, "SELECT source_name, '-' AS dash, '-5' AS n FROM document"), "csv", out)
    lines = (tmp_path / "names.csv").read_text("utf-8").splitlines()[1:]
    assert not [line for line in lines if re.match(r'"?[=+@-]', line)]
    assert '"\'=1+1","-","-5"' in lines


def test_names_of_any_bytes(tmp_path: Path) -> None:
    """UTF-8, else GB18030, else escaped; by part, so that one folder does not spoil another."""
    mixed = Path(os.fsdecode("来件".encode("gbk")), "年报.html")
    assert name_of(mixed) == "来件/年报.html"
    assert name_of(Path(os.fsdecode(b"\xff.txt"))) == r"\xff.txt"
    (tmp_path / os.fsdecode(b"\xff.txt")).write_bytes(b"")
    found, _ = find_files([str(tmp_path)])
    assert found[0].path.read_bytes() == b""
