"""What happens to reports between an office and a reader: damage that leaves every number where it was.

`damaged` draws a report and damages it; what each cell still means is known. `account` reads the file and tells the
fate of every cell.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.resources import files
from random import Random

import yaml

from extract.labels import squeeze
from extract.read import Reading, read_report
from tests.render import Box, Key, Layout, Sheet, addresses, lay_out
from tests.strategies import LOCAL, column_types, column_units, complete
from transform.numbers import Number, parse_number, to_10k

_CHARACTERS = yaml.safe_load((files("extract") / "characters.yaml").read_text(encoding="utf-8"))
_RADICALS = {pair[1]: pair[0] for pair in _CHARACTERS["radicals"].split()}
_TRADITIONAL = {pair[1]: pair[0] for pair in reversed(_CHARACTERS["traditional"].split())}
_FULL_WIDTH = str.maketrans("0123456789+-.,", "０１２３４５６７８９＋－．，")
_NOTHING = ("", "-", "—", "——", "－", "/", "／", "无")
_TYPOS = "囗丬乚亍丨"

Meant = dict[Key, Decimal]


def numbers(edition: str, rng: Random) -> Meant:
    """A report that adds up: a quiet one or a busy one, with the local lines of some place or none."""
    keys = addresses(edition, rng.choice(LOCAL[edition]))
    types = column_types(edition)
    share = rng.choice((0.05, 0.3, 1.0))

    def draw(key: Key) -> Decimal:
        if rng.random() > share:
            return Decimal(0)
        size = rng.choice((10, 200, 5_000, 2_000_000))
        if types[key] == "amount":
            return Decimal(rng.randrange(size * 100)).scaleb(-rng.choice((0, 1, 2, 4, 6)))
        return Decimal(rng.randrange(size) - (size // 3 if types[key] == "delta" else 0))

    return complete({key: draw(key) for key in keys})


# -- damage to numbers -------------------------------------------------------------------------------------------------


def spell(value: Decimal, type_: str, unit: str, rng: Random) -> str:
    """A number as somebody may print it."""
    plain = f"{value:f}"
    ways = [f"{value:,f}", plain.translate(_FULL_WIDTH), f" {plain}\u3000", f"{plain}\xa0"]
    if type_ == "delta":
        ways += [f"{'增加' if value > 0 else '减少'}{abs(value):f}", f"{value:+f}"] if value else []
    elif type_ == "amount":
        in_10k = value / 10_000 if unit == "元" else value
        ways += [f"{in_10k:f}万元", f"{in_10k * 10_000:f}元"]
    else:
        ways += [f"{plain}{unit if unit in ('件', '条', '人') else '件'}", f"{plain}（其中修订{rng.randrange(9)}件）"]
        ways += [f"{plain[:-1]}\u200b{plain[-1:]}"]
    return rng.choice(ways if value else [*_NOTHING, "0", "〇", "0件" if type_ == "count" else "0"])


# -- damage to sheets --------------------------------------------------------------------------------------------------

Damage = Callable[[list[Sheet], Random], None]


def _labels(sheets: list[Sheet], *kinds: str) -> list[Box]:
    return [box for sheet in sheets for kind in kinds for box in sheet.boxes(kind) if box.text]


def radicals(sheets: list[Sheet], rng: Random) -> None:
    """Characters as the radicals PDFs give for them."""
    for box in _labels(sheets, "label", "header", "caption"):
        box.text = "".join(_RADICALS.get(char, char) for char in box.text)


def traditional(sheets: list[Sheet], rng: Random) -> None:
    """Every label in Traditional characters."""
    for box in _labels(sheets, "label", "header", "caption", "stub"):
        box.text = "".join(_TRADITIONAL.get(char, char) for char in box.text)


def typo(sheets: list[Sheet], rng: Random) -> None:
    """One character of one label another one."""
    box = rng.choice([box for box in _labels(sheets, "label") if len(box.text) > 4])
    at = rng.randrange(2, len(box.text))
    box.text = box.text[:at] + rng.choice(_TYPOS) + box.text[at + 1 :]


def lost_label(sheets: list[Sheet], rng: Random) -> None:
    """The label of one line of the national form gone, in section 三 or a statistical form: only one line fits."""
    sheet = sheets[min(1, len(sheets) - 1)]
    national = {line.code for _, line in sheet.table.standard_lines}
    rng.choice([box for box in sheet.boxes("label") if box.code in national]).text = ""


def header_again(sheets: list[Sheet], rng: Random) -> None:
    """The header of a table once more before one of its lines, as at the head of a new page."""
    sheet = rng.choice(sheets)
    top = next(n for n, row in enumerate(sheet.rows) if any(box.kind == "value" for box in row))
    reach = [max(n + box.rowspan for box in row) for n, row in enumerate(sheet.rows)]
    places = [n for n in range(top + 1, len(sheet.rows)) if max(reach[:n]) <= n and sheet.rows[n][0].kind == "label"]
    if places and len(sheet.starts) == 1:
        at = rng.choice(places)
        sheet.rows[at:at] = [[replace(box) for box in row] for row in sheet.rows[:top]]


def wrapped(sheets: list[Sheet], rng: Random) -> None:
    """Labels and columns broken over lines, one character a line at worst."""
    for box in _labels(sheets, "label", "header"):
        if rng.random() < 0.4:
            size = rng.choice((1, 2, 4))
            box.text = "\n".join(box.text[at : at + size] for at in range(0, len(box.text), size))


def defined(sheets: list[Sheet], rng: Random) -> None:
    """Explanations behind labels."""
    for box in _labels(sheets, "label"):
        if rng.random() < 0.3 and not re.search(r"[（(]", box.text):
            box.text += rng.choice(("（指本年度内）", "（单位：件）", "（含下属单位）", "（不包括转办件）"))


def padded(sheets: list[Sheet], rng: Random) -> None:
    """Blanks in and around labels."""
    for box in _labels(sheets, "label", "header", "caption"):
        blank = rng.choice((" ", "\xa0", "\u3000"))
        box.text = f"{blank}{blank.join(box.text) if len(box.text) < 5 else box.text}{blank}"


DAMAGES: tuple[Damage, ...] = (
    radicals, traditional, typo, lost_label, header_again, wrapped, defined, padded,
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A report to be written: what each cell means and prints, and the random numbers that go on."""

    edition: str
    meant: Meant
    printed: dict[Key, str]
    sheets: list[Sheet]
    layout: Layout
    rng: Random


def damaged(edition: str, seed: str) -> Case:
    """A report of an edition with some damage; the same seed gives the same report."""
    rng = Random(f"{edition} {seed}")
    meant = numbers(edition, rng)
    types, units = column_types(edition), column_units(edition)
    printed = {key: f"{value:f}" for key, value in meant.items()}
    for key in rng.sample(list(meant), k=min(rng.choice((0, 5, 40)), len(meant))):
        printed[key] = spell(meant[key], types[key], units[key], rng)
    layout = Layout(spellings=rng.random() < 0.3, split=rng.random() < 0.2, year=rng.choice((2019, 2021, 2024)))
    sheets = lay_out(edition, printed, layout=layout, rng=rng)
    for damage in rng.sample(DAMAGES, k=rng.choice((0, 1, 2, 3))):
        damage(sheets, rng)
    return Case(edition, meant, printed, sheets, layout, rng)


# -- accounts ----------------------------------------------------------------------------------------------------------


def is_marked(reading: Reading, key: Key) -> bool:
    """Whether a user of the reading is warned of this very cell."""
    if reading.outcome != "report" or any(issue.severity == "critical" for issue in reading.issues):
        return True
    if any(cell.issue and (cell.indicator_code, cell.applicant_code) == key for cell in reading.cells):
        return True
    line, applicant = key
    for issue in reading.issues:
        code = issue.indicator_code
        whole = line == code or (not applicant and code and line.startswith(f"{code}_"))  # a line of section 二
        if whole and issue.applicant_code in ("", applicant):
            return True
    return False


def is_quoted(reading: Reading, text: str) -> bool:
    """Whether a number the national form has no cell for stands in an issue about an unknown or too long line."""
    codes = ("unknown_line", "ragged_line")
    return any(i.code in codes and squeeze(text) in map(squeeze, re.split(r" \| |: ", i.found)) for i in reading.issues)


def account(case: Case, data: bytes) -> tuple[Counter[str], Reading]:
    """How many cells of a file are read right, how many are marked instead, how many are wrong without a mark.

    A sign for nothing is right where it is read as no number and the report says 0.
    """
    reading = read_report(data, "damaged")
    cells = {(cell.indicator_code, cell.applicant_code): cell for cell in reading.cells if cell.place}
    lacks_table = len(reading.tables) < len(case.sheets)  # such a report is quarantined
    fates: Counter[str] = Counter()
    national, units = frozenset(addresses(case.edition)), column_units(case.edition)
    for key, value in case.meant.items():
        cell = cells.get(key)
        number = parse_number(cell.printed, cell.type) if cell else Number("missing", None, "", "")
        unit = number.unit or (cell.unit_printed if cell else "")
        if _is_right(number, unit, value, units[key]):
            fates["right"] += 1
        elif (
            lacks_table
            or number.issue
            or is_marked(reading, key)
            or (key not in national and is_quoted(reading, case.printed[key]))
        ):
            fates["marked"] += 1
        else:
            fates["silent"] += 1
    return fates, reading


def _is_right(number: Number, unit: str, meant: Decimal, own_unit: str) -> bool:
    if number.value is None:
        return number.kind in ("blank", "dash", "slash", "word") and not meant
    if own_unit in ("元", "万元"):
        found = to_10k(number.value, unit, own_unit, small_agency=False).value
        return found == (meant / 10_000 if own_unit == "元" else meant)
    return number.value == meant
