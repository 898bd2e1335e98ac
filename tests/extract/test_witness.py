"""The second reading: it opens a file no more carelessly than the first, and sees what a person sees."""

import subprocess
import sys
import zipfile
from io import BytesIO
from random import Random

import pytest

from extract.read import read_report
from extract.witness import attest
from tests.docx import WordLayout, write_docx
from tests.extract.test_rtf import rich_text
from tests.extract.word97 import of_sheets
from tests.odf import write_ods, write_odt
from tests.ofd import OfdLayout, write_ofd
from tests.render import Layout, lay_out, render
from tests.strategies import distinct_numbers
from tests.workbook import BookLayout, by_openpyxl

VALUES = {key: format(value, "f") for key, value in distinct_numbers("2021").items()}
DOCX = write_docx(lay_out("2021", VALUES), WordLayout(hidden=True, tracked=True), Random(0))
BODY = zipfile.ZipFile(BytesIO(DOCX)).read("word/document.xml").decode().split("?>", 1)[1]
FLAT = '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"><pkg:part><pkg:xmlData>'
FILES = {
    "html": render("2021", VALUES, "html").replace(b"<td>", b'<td><b style="display:none">7</b>'),
    "docx": DOCX,
    "xml": f"{FLAT}{BODY}</pkg:xmlData></pkg:part></pkg:package>".encode(),
    "doc": of_sheets(lay_out("2021", VALUES)).to_bytes(piece=61, shuffled=True),
    "xlsx": by_openpyxl(lay_out("2021", VALUES), BookLayout(unseen=True), Random(0)),
    "ods": write_ods(lay_out("2021", VALUES), BookLayout(), Random(0)),
    "odt": write_odt(lay_out("2021", VALUES), Layout(), Random(0)),
    "ofd": write_ofd(lay_out("2021", VALUES), OfdLayout(template=True, blocks=True)),
    "rtf": rich_text("2021", VALUES).replace("{\\f1\\fs21 ", "{\\v 7}{\\f1\\fs21 ").encode(),
}


@pytest.mark.parametrize("shape", FILES)
def test_what_the_page_shows_is_confirmed(shape: str) -> None:
    """Hidden and deleted characters in every cell make the two readings differ in none."""
    reading = read_report(FILES[shape], "page")
    assert {(c.indicator_code, c.applicant_code): c.printed for c in reading.cells} == VALUES
    attestation = attest(FILES[shape], reading)
    assert len(attestation.cells) == len(reading.cells), attestation.how


@pytest.mark.parametrize("shape", FILES)
def test_what_the_page_does_not_show_is_not(shape: str) -> None:
    """A line of which one figure was read otherwise is confirmed in none of its cells."""
    reading = read_report(FILES[shape], "page")
    first = reading.cells[0]
    reading.cells[0] = first._replace(printed="98765")
    line = {(c.indicator_code, c.applicant_code) for c in reading.cells if (c.grid, c.row) == (first.grid, first.row)}
    assert attest(FILES[shape], reading).cells.isdisjoint(line)


# The peak is that of this program alone: `ru_maxrss` outlives exec, so it counts the test runner before it.
OTHERWISE = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_DATA, (400 << 20, 400 << 20))
from extract.read import read_report
from extract.witness import attest
data = sys.stdin.buffer.read()
reading = read_report(data, "bomb.docx")
attestation = attest(data, reading)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
print(reading.outcome, len(attestation.cells) == len(reading.cells) > 0, int(peak.split()[1]) < 400 << 10)
"""


@pytest.mark.slow
def test_a_part_that_unpacks_without_end_is_not_opened_under_a_usual_name() -> None:
    """The part is found by the relationships of the package: what only bears its name costs nothing."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(DOCX)) as good, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            content = good.read(name).replace(b"word/document.xml", b"word/main.xml")
            bad.writestr("word/main.xml" if name == "word/document.xml" else name, content)
        with bad.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(900):
                part.write(bytes(1 << 20))
    command = [sys.executable, "-c", OTHERWISE]
    done = subprocess.run(command, input=target.getvalue(), capture_output=True, check=False)
    assert done.stdout.split() == [b"report", b"True", b"True"], done.stderr[-500:]
