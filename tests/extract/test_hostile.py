"""Files made to stop a reader: each is read or refused within ten seconds of processor time and a gigabyte."""

import resource
import subprocess
import sys
from collections.abc import Callable
from random import Random

import pytest

from tests.docx import WordLayout, archive, pack, write_docx
from tests.extract.word97 import of_sheets
from tests.pdf import PdfLayout, document, stroke, write_pdf
from tests.render import lay_out, render
from tests.strategies import distinct_numbers

pytestmark = pytest.mark.slow

SECONDS, MEMORY = 10, 1 << 30
VALUES = {key: format(value, "f") for key, value in distinct_numbers("2021").items()}
PAGE = render("2021", VALUES, "html").decode()


def in_head(markup: str) -> bytes:
    """A report with something before it."""
    return PAGE.replace("<body>", f"<body>{markup}").encode()


def word_file() -> bytes:
    """A report as a Word file."""
    return write_docx(lay_out("2021", VALUES), WordLayout(), Random(0))


def with_document(content: str) -> bytes:
    """A Word file with this as its main part."""
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": '<Relationships><Relationship Type="/officeDocument" Target="d.xml"/></Relationships>',
            "d.xml": content,
        }
    )


LOOP = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >> /Length 5 >>"
LOOP += b" stream\n/X Do\nendstream"
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "columns without end": lambda: PAGE.replace("<td>", '<td colspan="1000000">').encode(),
    "rows without end": lambda: PAGE.replace("<td>", '<td rowspan="1000000">').encode(),
    "tables in tables": lambda: in_head("<table><tr><td>1</td><td>" * 10_000),
    "hidden in hidden": lambda: in_head("<style>.x{display:none}</style>" + "<div class=x>" * 19_000),
    "struck in struck": lambda: in_head("<s>" * 19_000),
    "rules of a style sheet": lambda: in_head(f"<style>{'.ab{display:none}' * 40_000}</style>"),
    "a style sheet of braces": lambda: in_head(f"<style>{'@media x{.a,' * 90_000}</style>"),
    "strings of a script": lambda: in_head(f"<script>{chr(34)}{chr(92) * 900_000}{chr(34) * 900_000}</script>"),
    "text areas": lambda: b"<html>" + b"<textarea>&lt;table>" * 90_000,
    "one line": lambda: b"<html>" + b"a" * (1 << 26),
    "figures without end": lambda: b"1 " * 900_000,
    "bars without end": lambda: b"|" * 1_900_000,
    "rows of a text": lambda: "规章 1 2 3\n".encode() * 90_000,
    "groups of rich text": lambda: b"{\\rtf1" + b"{" * 5_000_000,
    "signs of rich text": lambda: b"{\\rtf1" + b"\\'d5" * 3_000_000,
    "a row of rich text": lambda: b"{\\rtf1\\trowd" + b"\\cellx1" * 90_000 + b"\\intbl" + b"\\cell" * 90_000,
    "halves of labels": lambda: "不再处理其\n政府信息公开申请 1 2 3 4 5 6 7\n".encode() * 30_000,
    "wrongly converted": lambda: "ä¸\xad".encode() * 300_000,
    "entities of entities": lambda: with_document(f'<!DOCTYPE d [<!ENTITY e0 "a">{ENTITIES}]><d>&e11;</d>'),
    "an entity outside": lambda: with_document('<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>'),
    "a part that unpacks without end": lambda: pack("<w:p/>" + " " * (70 << 20)),
    "markup without end": lambda: pack("<w:p/>" * 2_000_000),
    "half a Word file": lambda: word_file()[: len(word_file()) // 2],
    "half a binary Word file": lambda: (data := of_sheets(lay_out("2021", VALUES)).to_bytes())[: len(data) // 2],
    "half a PDF": lambda: (data := write_pdf(lay_out("2021", VALUES), PdfLayout()))[: len(data) // 2],
    "a form within itself": lambda: document("/X Do", objects=(LOOP,)),
    "rulings without end": lambda: document("".join(stroke(0, n, 500, n) + stroke(n, 0, n, 800) for n in range(6_000))),
    "nothing": lambda: b"",
    "noise": lambda: Random(1).randbytes(1 << 20),
}  # fmt: skip
READ = (
    "import sys; from extract.read import read_report; r = read_report(sys.stdin.buffer.read(), 'hostile');"
    "sys.exit(not (r.outcome == 'report' or r.reason))"
)


def bound() -> None:
    """Limits of the reading process."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_costs_little(make: Callable[[], bytes]) -> None:
    """A process that may use ten seconds and a gigabyte comes back, with a reason for what it does not read."""
    command = [sys.executable, "-c", READ]
    child = subprocess.run(command, input=make(), preexec_fn=bound, capture_output=True, check=False, timeout=120)
    assert (child.returncode, child.stderr.decode()[-500:]) == (0, "")
