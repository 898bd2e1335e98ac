"""A corpus of any size, made up, with the truth beside it: what each page prints in each cell.

Run ``python -m benchmarks.corpus FOLDER REPORTS [SEED]``. Report `n` of a seed is always the same, whatever else is
made, so a corpus can be made in pieces and by several processes. All shapes and editions occur in about the shares they
have in life; numbers are skewed as they are there; some pages err in a sum, some are damaged. The files lie in
`FOLDER/in/<thousands>/`, the truth in `FOLDER/truth/`: a row per printed cell (document_sha256, edition, shape, damage,
agency_id, report_year, indicator_code, applicant_code, printed).
"""

import hashlib
import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track

from tests.docx import write_docx
from tests.extract.word97 import of_sheets
from tests.pdf import write_pdf
from tests.render import STYLES, Box, Key, Layout, Sheet, addresses, lay_out, write
from tests.strategies import LOCAL, column_types, complete
from transform.agencies import Agency, Directory
from transform.reference import divisions

YEARS = range(2019, 2026)
PIECE = 1_000
# Shares of shapes among published reports, and the damage to a hundred of them.
SHAPES = {"html": 56, "docx": 16, "doc": 8, "pdf": 14, "txt": 6}
LOCAL_SHARE = 0.08
LATE_FORM = 0.06  # agencies that keep to the form of 2019 after its time
WRONG_SUM = 0.15
DAMAGED = 0.10

Printed = dict[Key, str]

SCHEMA = pa.schema(
    [
        ("document_sha256", pa.string()),
        ("edition", pa.dictionary(pa.int8(), pa.string())),
        ("shape", pa.dictionary(pa.int8(), pa.string())),
        ("damage", pa.dictionary(pa.int8(), pa.string())),
        ("agency_id", pa.string()),
        ("report_year", pa.int32()),
        ("indicator_code", pa.dictionary(pa.int16(), pa.string())),
        ("applicant_code", pa.dictionary(pa.int8(), pa.string())),
        ("printed", pa.string()),
    ]
)


@dataclass(frozen=True)
class Made:
    """A file and what it prints, `sheets` as laid out for it."""

    name: str
    data: bytes
    edition: str
    shape: str
    damage: str
    agency: Agency
    year: int
    printed: Printed
    sheets: list[Sheet]


def make(number: int, seed: int = 0) -> Made:
    """Report `number` of a corpus."""
    rng = Random(f"{seed}/{number}")
    agency = agencies()[number // len(YEARS) * 7919 % len(agencies())]
    year = YEARS[number % len(YEARS)]
    edition = "2019" if year < 2021 or rng.random() < LATE_FORM else "2021"
    local = rng.choice(LOCAL[edition][1:]) if rng.random() < LOCAL_SHARE else ()
    shape = rng.choices([*SHAPES], [*SHAPES.values()])[0]
    printed = _printed(rng, edition, local, agency.level)
    layout = _layout(rng, shape, agency.name, year)
    sheets = lay_out(edition, printed, layout=layout, rng=rng)
    damage = ""
    if rng.random() < DAMAGED:
        damage = rng.choice([*DAMAGES])
        DAMAGES[damage](sheets, printed, rng)
    name = f"{number // PIECE:04}/{number:07}.{shape}"
    return Made(name, _write(sheets, shape, layout, rng), edition, shape, damage, agency, year, printed, sheets)


@lru_cache(maxsize=1)
def agencies() -> list[Agency]:
    """Every division that has a government."""
    directory = Directory.load()
    found = []
    for division in divisions():
        try:
            found.append(directory.agency(division.code))
        except KeyError:  # 市辖区 and other codes that are no place
            continue
    return found


# -- numbers -----------------------------------------------------------------------------------------------------------


def _printed(rng: Random, edition: str, local: tuple[str, ...], level: int) -> Printed:
    """What a consistent report prints, or one with a wrong sum: few large numbers, many zeros."""
    types = column_types(edition)
    busy = rng.lognormvariate(3.6 - 0.8 * level, 1.4)
    numbers: dict[Key, int | Decimal] = {}
    for key in addresses(edition, local):
        rare = key[1].startswith("org_") or key[0].startswith(("res_", "rev_", "lit_"))
        size = busy * (0.05 if rare else 1) * rng.expovariate(1)
        numbers[key] = {
            "count": int(size),
            "delta": int(rng.gauss(0, 1 + size / 4)),
            "amount": Decimal(int(size * 31_415_926)).scaleb(-6),
        }[types[key]]
    found = {key: _plain(value) for key, value in complete(numbers).items()}
    if rng.random() < WRONG_SUM:
        key = rng.choice([key for key in found if key[1] == "total" or key[0].endswith("_total")])
        found[key] = str(int(found[key]) + rng.choice((-1, 1, 10)) if found[key] != "0" else 1)
    return _dressed(rng, found, types)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _dressed(rng: Random, found: Printed, types: dict[Key, str]) -> Printed:
    """The same numbers as some agencies print them."""
    way = rng.random()
    zeros = [key for key, text in found.items() if text == "0"]
    if way < 0.06:  # a sign in place of zeros
        sign = rng.choice(("", "-", "—", "/"))
        return found | dict.fromkeys(rng.sample(zeros, k=len(zeros) // 2), sign)
    if way < 0.09:
        return {key: f"{int(text):,}" if types[key] == "count" else text for key, text in found.items()}
    if way < 0.11:
        return {key: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")) for key, text in found.items()}
    return found


# -- layout ------------------------------------------------------------------------------------------------------------


def _layout(rng: Random, shape: str, agency: str, year: int) -> Layout:
    """How an agency's page looks."""
    layout = Layout(
        style=rng.choice(STYLES.get(shape, ("",))),
        padding=rng.choice(("", "", "", " ", "\u3000")) if shape in ("html", "docx") else "",
        spellings=rng.random() < 0.3,
        definitions=rng.random() < 0.1,
        split=shape in ("html", "docx") and rng.random() < 0.1,
        agency=agency,
        year=year,
    )
    if shape != "html":
        return layout
    encoding = rng.choice(("utf-8", "utf-8", "gb18030"))
    return replace(
        layout,
        encoding=encoding,
        declared="utf-8" if encoding == "utf-8" else "gb2312",
        wrap=rng.choice(("", "p", "spans")),
        **{flag: rng.random() < 0.3 for flag in ("nbsp", "thead", "ragged", "nested", "chrome", "hidden", "broken")},
    )


def _write(sheets: list[Sheet], shape: str, layout: Layout, rng: Random) -> bytes:
    if shape == "docx":
        return write_docx(sheets, layout, rng)
    if shape == "doc":
        return of_sheets(sheets, layout=layout).to_bytes()
    if shape == "pdf":
        return write_pdf(sheets, layout)
    return write(sheets, shape, layout=layout, rng=rng)


# -- damage ------------------------------------------------------------------------------------------------------------


def _rows(sheets: Sequence[Sheet]) -> list[list[Box]]:
    """Rows with a label and values."""
    return [row for s in sheets for row in s.rows if {"label", "value"} <= {box.kind for box in row}]


def _label(sheets: Sequence[Sheet], rng: Random) -> Box:
    row = rng.choice(_rows(sheets))
    return [box for box in row if box.kind == "label"][-1]


def _typo(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """A wrong character in a label."""
    box = _label(sheets, rng)
    at = rng.randrange(len(box.text))
    box.text = f"{box.text[:at]}{rng.choice('的有用形式')}{box.text[at + 1 :]}"


def _lost_end(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """The second half of a label gone."""
    box = _label(sheets, rng)
    box.text = box.text[: (len(box.text) + 1) // 2]


def _lost_label(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """A label gone."""
    _label(sheets, rng).text = ""


def _lost_number(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """A number gone, its cell left."""
    box = rng.choice([box for row in _rows(sheets) for box in row if box.key])
    box.text = printed[box.key] = ""


def _exchanged(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """Two neighbours exchanged: the page prints it so."""
    row = rng.choice([row for row in _rows(sheets) if sum(box.key is not None for box in row) > 1])
    values = [box for box in row if box.key]
    at = rng.randrange(len(values) - 1)
    one, other = values[at : at + 2]
    one.text, other.text = other.text, one.text
    printed[one.key], printed[other.key] = one.text, other.text


def _remark(sheets: list[Sheet], printed: Printed, rng: Random) -> None:
    """A number with a remark in brackets."""
    box = rng.choice([box for row in _rows(sheets) for box in row if box.key and box.text not in ("", "0")])
    box.text = printed[box.key] = f"{box.text}（其中修订1件）"


DAMAGES: dict[str, Callable[[list[Sheet], Printed, Random], None]] = {
    "typo in a label": _typo, "half a label": _lost_end, "no label": _lost_label, "no number": _lost_number,
    "numbers exchanged": _exchanged, "remark beside a number": _remark,
}  # fmt: skip


# -- files -------------------------------------------------------------------------------------------------------------


def write_piece(folder: Path, first: int, end: int, seed: int = 0) -> int:
    """Write reports `first` to `end` and their truth; returns how many bytes."""
    rows: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    written = 0
    for number in range(first, end):
        made = make(number, seed)
        path = folder / "in" / made.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)
        written += len(made.data)
        same = (hashlib.sha256(made.data).hexdigest(), made.edition, made.shape, made.damage)
        for (indicator, applicant), text in made.printed.items():
            row = (*same, made.agency.agency_id, made.year, indicator, applicant, text)
            for column, value in zip(rows.values(), row, strict=True):
                column.append(value)
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(rows, schema=SCHEMA), truth / f"{first:07}.parquet", compression="zstd")
    return written


def write_corpus(folder: Path, reports: int, seed: int = 0) -> int:
    """Write a corpus by several processes; returns how many bytes."""
    firsts = range(0, reports, PIECE)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        pieces = [pool.submit(write_piece, folder, first, min(first + PIECE, reports), seed) for first in firsts]
        return sum(piece.result() for piece in track(pieces, "making the corpus", console=Console(stderr=True)))


def stream(reports: int, seed: int = 0) -> Iterator[Made]:
    """The same reports one after the other, nothing written."""
    return (make(number, seed) for number in range(reports))


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("reports", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    print(write_corpus(**vars(parser.parse_args())), "bytes")
