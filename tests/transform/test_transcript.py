"""A transcript says all that comes after reading needs: what is computed from it is what is computed from the file."""

from pathlib import Path

import pytest

from extract.read import read_report
from extract.transcript import restore, transcribe
from tests.render import Layout, render
from tests.strategies import LOCAL, distinct_numbers
from transform.agencies import Directory
from transform.interpret import Report, interpret

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path for path in (ROOT / "data" / "samples").rglob("*") if path.is_file())
WRONG = {("res_total", "total"): "99999"}


def rendered(edition: str, shape: str, **layout: object) -> bytes:
    """A report that breaks one of its sums, with what pages print around one."""
    values = {key: str(value) for key, value in distinct_numbers(edition, LOCAL[edition][0]).items()}
    return render(edition, values | WRONG, shape, layout=Layout(agency="浙江省温州市乐清市人民政府", **layout))  # type: ignore[arg-type]


def computed_twice(data: bytes, name: str) -> tuple[Report, Report]:
    """A report as computed from its file and from the transcript, for which the file must not be asked for."""
    reading = read_report(data, name)
    report = interpret(reading, Directory.load(), original=lambda: data)
    transcript = transcribe(reading, report.attestation if report.attestation.how else None)

    def no_file() -> bytes:
        raise AssertionError("the file was asked for")

    restored = restore(transcript, reading.document_sha256, name)
    return report, interpret(restored, Directory.load(), original=no_file)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    """The samples that are reports."""
    if read_report(path.read_bytes(), path.name).outcome == "report":
        first, second = computed_twice(path.read_bytes(), path.name)
        assert first == second


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("shape", ["txt", "html"])
def test_reports_that_break_a_sum(edition: str, shape: str) -> None:
    """What a second reading came to is on record, so that it is not taken again."""
    first, second = computed_twice(rendered(edition, shape, chrome=True, hidden=True), "a")
    assert first.attestation.cells
    assert first == second


def test_a_second_reading_not_on_record_is_taken_of_the_file() -> None:
    """Where a decision breaks a sum that held."""
    data = rendered("2021", "html")
    reading = read_report(data, "a")
    restored = restore(transcribe(reading, None), reading.document_sha256, "a")
    report = interpret(restored, Directory.load(), original=lambda: data)
    assert report.attestation == interpret(reading, Directory.load(), original=lambda: data).attestation
