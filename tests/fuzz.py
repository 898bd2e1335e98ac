"""`make fuzz`: reports of every shape, damaged at random, until the time is up.

Four things are looked for: a cell that is wrong without a mark, a shape or producer of whose cells too few are right, a
reader that fails instead of saying why, and one that takes longer than it may. Files that were read wrongly are written
to `tests/examples/found/` for an example to be made of them. Half an hour is enough for 200 reports of every producer.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

from extract.document import UnreadableFileError
from extract.formats.archive import kind_of, members
from extract.read import read_report
from tests import archives, scans, workbook
from tests.damage import Case, account, damaged
from tests.docx import chunked
from tests.producers import OFFICE, OWN, PRINTERS, converted, shows_all
from tests.render import Layout, write
from tests.strategies import EDITIONS, SECTIONED

FOUND = Path(__file__).parent / "examples" / "found"
SECONDS = 10  # what reading one file may take
RIGHT, ENOUGH = 0.999, 200  # the share of cells that are to be right, over as many reports
BATCH = 24  # reports converted in one run of an office


def own(round_: int) -> Iterator[tuple[str, Case, bytes]]:
    """(producer, report, file) of our own writers, one of each shape and edition."""
    for shape, producer in OWN.items():
        for edition in EDITIONS:
            case = damaged(edition, f"{shape} {round_}")
            yield shape, case, producer(case.sheets, case.layout, case.rng)


def others(round_: int) -> Iterator[tuple[str, Case, bytes]]:
    """The same of LibreOffice and Chromium; nothing where they are not installed."""
    cases = [damaged(edition, f"page {round_} {n}") for n in range(BATCH // 2) for edition in SECTIONED]
    if OFFICE:
        pages = [write(c.sheets, "html", layout=Layout(thead=c.rng.random() < 0.5, wrap="p"), rng=c.rng) for c in cases]
        for shape in ("docx", "doc", "rtf", "odt", "fodt"):
            files = converted(pages, shape)
            yield from ((f"LibreOffice {shape}", case, data) for case, data in zip(cases, files, strict=True))
        books = [workbook.by_xlsxwriter(c.sheets, workbook.drawn(c.layout, c.rng), c.rng) for c in cases]
        for shape in ("xlsx", "xls", "ods"):
            files = converted(books, shape, suffix=".xlsx")
            yield from ((f"LibreOffice {shape}", case, data) for case, data in zip(cases, files, strict=True))
    for name, printer in PRINTERS.items():
        for case, data in zip(cases, printer([(case.sheets, case.rng) for case in cases]), strict=True):
            if shows_all(case.sheets, data):
                yield f"{name} pdf", case, data


def broken(data: bytes, rng: Random) -> bytes:
    """A file with bytes changed, cut out, doubled or gone from some point on."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        at, size = rng.randrange(max(len(content), 1)), rng.choice((1, 4, 64, 1024))
        way = rng.randrange(5)
        if way == 0 and content:
            content[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            content[at : at + size] = rng.randbytes(size)
        elif way == 2:
            del content[at : at + size]
        elif way == 3:
            content[at:at] = content[at : at + size]
        else:
            del content[max(at, 16) :]
    return bytes(content)


def keep(name: str, data: bytes, what: str) -> None:
    """Store a finding and say it."""
    FOUND.mkdir(exist_ok=True)
    (FOUND / name).write_bytes(data)
    sys.stdout.write(f"FOUND {name}: {what}\n")


def accuracy(until: float, producer: Callable[[int], Iterator[tuple[str, Case, bytes]]], findings: list[str]) -> None:
    """Rounds of reports until the time is up, and how their cells were read."""
    fates: dict[str, Counter[str]] = defaultdict(Counter)
    round_ = 0
    while time.monotonic() < until:
        for name, case, data in producer(round_):
            found, _ = account(case, data)
            fates[name] += found
            fates[name]["reports"] += 1
            if found["silent"]:
                findings.append(f"{name.replace(' ', '-')}-{case.edition}-{round_}.{name.split()[-1]}")
                keep(findings[-1], data, f"{found['silent']} cells are wrong without a mark")
        round_ += 1
    for name, found in fates.items():
        cells = found["right"] + found["marked"] + found["silent"]
        sys.stdout.write(
            f"{name:16} {found['reports']:6} reports {cells:8} cells, right {found['right'] / cells:.5f}, "
            f"marked {found['marked']}, silently wrong {found['silent']}\n"
        )
        if found["reports"] >= ENOUGH and found["right"] < RIGHT * cells:
            findings.append(name)


def robustness(until: float, findings: list[str]) -> None:
    """Broken files until the time is up: each is read or refused with a reason, and in time."""
    files = Counter[str]()
    slowest = 0.0
    whole = [(shape, data) for shape, _, data in own(0)]
    whole += [("docx", chunked(f"chunk.{shape}", data)) for shape, data in whole if shape in ("html", "docx", "rtf")]
    if OFFICE:
        pages = [data for shape, data in whole if shape == "html"]
        books = [data for shape, data in whole if shape == "xlsx"]
        whole += [(shape, data) for shape in ("rtf", "fodt") for data in converted(pages, shape)]
        whole += [(shape, data) for shape in ("xls", "ods") for data in converted(books, shape, suffix=".xlsx")]
    bundled = {f"{number}.{shape}": data for number, (shape, data) in enumerate(whole[:4])}
    whole += [(kind, pack(bundled)) for kind, pack in archives.KINDS.items()]
    whole += [("gz", archives.gzipped(bundled["0.txt"]))]
    if scans.cv2:
        page = next(scans.pictures(next(data for shape, data in whole if shape == "pdf"), 40))
        whole += [(kind, bytes(scans.cv2.imencode(f".{kind}", page)[1])) for kind in ("gif", "bmp", "webp")]
    while time.monotonic() < until:
        number = sum(files.values()) - files["members"]
        shape, data = whole[number % len(whole)]
        data = broken(data, Random(f"broken {number}"))
        start = time.monotonic()
        try:
            reading = read_report(data, "broken")
            files[reading.outcome] += 1
            fault = "" if reading.outcome == "report" or reading.reason else "refused without a reason"
            if reading.outcome == "not_a_report" and kind_of(data):
                with suppress(UnreadableFileError):
                    files["members"] += len(list(members(data, "broken")))
        except Exception as error:  # any at all is a finding
            files["failed"] += 1
            fault = f"{type(error).__name__}: {error}"
        slowest = max(slowest, seconds := time.monotonic() - start)
        if fault or seconds > SECONDS:
            findings.append(f"broken-{number}.{shape}")
            keep(findings[-1], data, fault or f"{seconds:.1f} s; expected at most {SECONDS}")
    sys.stdout.write(f"broken files: {dict(files)}, the slowest in {slowest:.1f} s\n")


def main() -> None:
    """Run each part for its share of the time; exit status 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    share = parser.parse_args().minutes * 20
    findings: list[str] = []
    accuracy(time.monotonic() + share, own, findings)
    if PRINTERS:
        accuracy(time.monotonic() + share, others, findings)
    robustness(time.monotonic() + share, findings)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
