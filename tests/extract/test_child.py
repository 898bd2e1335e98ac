"""The process that opens drawn pages: what it refuses is the file's, what fails in it is ours and says where."""

import os
import signal
import time

import pytest

from extract.document import UnreadableFileError
from extract.formats.drawn import child, lattice, pdf
from extract.read import read_report
from extract.witness import attest
from tests.pdf import document, show, table

GOOD = document(
    show("示例县人民政府2023年政府信息公开工作年度报告", 60, 790, 16) + table(60, 700, [["甲", "1"]], (90, 90))
)


def fails(_: bytes) -> child.Answer:
    """An error of ours, within a step of the lattice."""
    return {"page": lattice.lay_out(0, [], [lattice.Ruling(0, 0, 100), None], [])}  # type: ignore[list-item]


def takes_memory(_: bytes) -> child.Answer:
    """All there is and more."""
    return {"length": len(bytearray(child.MAX_MEMORY))}


def takes_time(_: bytes) -> child.Answer:
    """Without end."""
    while True:
        pass


def crashes(_: bytes) -> child.Answer:
    """As a library does on a damaged file."""
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(9)
    return {}


def says(data: bytes) -> child.Answer:
    """An answer, after a word of a library."""
    print("a library's banner")  # noqa: T201
    return {"length": len(data)}


def test_an_error_of_ours_is_told_as_ours_with_its_place() -> None:
    """The kind of the error, the file, the line and the function: never a file that cannot be read."""
    place = r"TypeError in extract/formats/drawn/lattice\.py, line \d+ \(_joined\): "
    with pytest.raises(child.ChildError, match=place):
        child.call(fails, b"")
    assert child.call(says, b"still there") == {"length": 11}


@pytest.mark.parametrize(
    ("function", "reason"), [(takes_memory, "memory"), (takes_time, "CPU time"), (crashes, "Segmentation fault")]
)
def test_what_costs_too_much_is_refused(function: child.Function, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that exhausts the process is refused with how it ended, and the next one is read."""
    if function is takes_time:
        monkeypatch.setattr(child, "MAX_SECONDS", 0)
    with pytest.raises(UnreadableFileError, match=reason):
        child.call(function, b"")
    monkeypatch.undo()
    assert child.call(says, b"") == {"length": 0}


def test_the_witness_opens_no_pdf_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both readings of a PDF are asked of the other process."""
    asked: list[child.Function] = []
    call = child.call
    monkeypatch.setattr(child, "call", lambda function, data: asked.append(function) or call(function, data))
    attest(GOOD, read_report(GOOD, "report"))
    assert asked == [pdf.parse, pdf.running_text]
