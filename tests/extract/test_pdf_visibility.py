"""A further character beside a figure, kept from being read by every means of PDF: never in the value unmarked."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from extract.formats.drawn import pdf
from extract.formats.drawn.lines import UNCLEAR
from extract.shown import is_unclear
from tests.pdf import document, show, table

MECHANISMS = yaml.safe_load((Path(__file__).parent / "mechanisms" / "pdf.yaml").read_text(encoding="utf-8"))["pdf"]
WIDTHS = (120, 90, 90, 90)
HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
ROWS = [HEAD, ["规章", "10", "12", "305"], ["行政规范性文件", "", "8", "41"]]
PAGE = show("示例县人民政府2023年政府信息公开工作年度报告", 60, 790, 16) + table(60, 700, ROWS, WIDTHS)
NINE = "BT /F 10 Tf 1 0 0 1 190 646 Tm <0039> Tj ET"
LOOK = (
    "<< /Type /XObject /Subtype /Form /BBox [0 0 10 20] /Resources << /Font 3 0 R >> /Length 44 >> stream\n"
    "BT /F 10 Tf 1 0 0 1 0 6 Tm <0039> Tj ET      \nendstream"
)
FIGURE = show("59", 195, 646)


def filled(text: str) -> str:
    """A part of a mechanism with what it names put in."""
    text = text.replace("LOOK", LOOK).replace("NINE", NINE).replace("OVER", "188 644 7 14")
    body = text.partition("stream\n")[2].rpartition("\nendstream")[0]
    return text.replace("LENGTH", str(len(body)))


def printed(mechanism: dict[str, Any]) -> str:
    """What is read in the cell."""
    figure = mechanism.get("figure", FIGURE)
    content = f"{PAGE}{filled(mechanism.get('content', ''))}\n{figure}{mechanism.get('after', '')}"
    parts = {name: mechanism.get(name, "") for name in ("resources", "catalog")}
    objects = tuple(filled(body).encode() for body in mechanism.get("objects", ()))
    (grid,) = pdf.read(document(content, extra=mechanism.get("page", ""), objects=objects, **parts)).grids
    assert [[cell.text for cell in row] for row in grid.rows[:2]] == ROWS[:2]
    assert [cell.text for cell in grid.rows[2] if cell.column != 2] == [ROWS[2][0], *ROWS[2][2:]]
    return grid.rows[2][1].text


@pytest.mark.parametrize("mechanism", MECHANISMS["mechanisms"], ids=lambda mechanism: mechanism["what"])
def test_a_further_character_is_gone_or_marked(mechanism: dict[str, Any]) -> None:
    """What nobody sees is no part of the figure; what is in doubt makes it unclear."""
    text = printed(mechanism)
    if mechanism["fate"] == "gone":
        assert text == "59"
    else:
        assert is_unclear(text) or UNCLEAR in text


@pytest.mark.parametrize(
    "seen",
    [
        {"content": "NINE"},
        {"content": "q 0.4 g NINE Q"},
        {"content": "q 0.2 g OVER re f 1 g NINE Q"},
        {"content": "q /G gs NINE Q", "resources": "/ExtGState << /G << /ca 0.7 >> >>"},
        {"content": "q 100 600 200 100 re W n NINE Q"},
        {"content": "q 1 g OVER re f Q NINE"},
        {"content": "/Span << /ActualText (9) >> BDC NINE EMC"},
        {"content": "/Span << /ActualText () >> BDC NINE EMC"},
        {"content": "NINE", "after": "q 0.5 w 190 645 m 205 645 l S Q"},
        {
            "content": "/OC /L BDC NINE EMC",
            "resources": "/Properties << /L 6 0 R >>",
            "catalog": "/OCProperties << /OCGs [6 0 R] /D << >> >>",
            "objects": ["<< /Type /OCG /Name (a) >>"],
        },
    ],
    ids="plain grey reversed translucent clipped on-white spoken unspoken underlined layered".split(),
)  # fmt: skip
def test_what_is_seen_is_read(seen: dict[str, Any]) -> None:
    """The same means, used so that the character is seen: it is the first digit of the figure."""
    assert printed(seen) == "959"


NOTHING = "<< >>"
FIELD = "<< /Type /Annot /Subtype /Widget /F 4 /T (a) {} /Rect [190 642 210 656] >>"


@pytest.mark.parametrize(
    "drawn",
    [
        {"after": "q 1 w 196 647 m 196 655 l 201 647 m 201 655 l S Q"},
        {"after": "q 1 w 196 655 m 201 655 l 197 647 l S Q"},
        {"after": "0 g 196 646 m 202 646 202 656 196 656 c 190 656 190 646 196 646 c f"},
        {"after": "q 12 0 0 9 195 646 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q"},
        {"objects": [NOTHING, FIELD.format("/FT /Tx /V (59)")]},
        {"objects": [NOTHING, FIELD.format("/FT /Tx /V <FEFF00350039>")]},
        {"objects": [NOTHING, FIELD.format("/FT /Ch /Opt [(59)] /V [(59)]")]},
        {"objects": [NOTHING, FIELD.format("/Parent 8 0 R"), "<< /T (b) /FT /Tx /V (59) /Kids [7 0 R] >>"]},
        {"objects": [NOTHING, "<< /Type /Annot /Subtype /FreeText /F 4 /Contents (59) /Rect [190 642 210 656] >>"]},
    ],
    ids="strokes joined filled picture field unicode chosen inherited note".split(),
)
def test_a_figure_that_is_no_text_leaves_no_blank_cell(drawn: dict[str, Any]) -> None:
    """What is drawn, or what each viewer draws by itself, is not read: the cell is unclear."""
    assert UNCLEAR in printed({"figure": "", "page": "/Annots [7 0 R]" if "objects" in drawn else "", **drawn})


@pytest.mark.parametrize(
    "drawn",
    [
        {"after": "q 0.5 w 180 640 m 270 660 l S Q"},
        {"after": "q 0.9 g 181 641 88 18 re f Q"},
        {"objects": [NOTHING, FIELD.format("/FT /Tx /V ()")]},
        {"objects": [NOTHING, FIELD.format("/FT /Tx")]},
        {"objects": [NOTHING, "<< /Type /Annot /Subtype /FreeText /F 2 /Contents (59) /Rect [190 642 210 656] >>"]},
    ],
    ids="crossed coloured emptied empty hidden".split(),
)
def test_a_blank_cell_stays_blank(drawn: dict[str, Any]) -> None:
    """A cell without a figure may be crossed out, coloured, or wait to be filled in."""
    assert printed({"figure": "", "page": "/Annots [7 0 R]" if "objects" in drawn else "", **drawn}) == ""


@pytest.mark.parametrize(
    "beside",
    [
        "q 0.5 w 195 645.3 m 205 645.3 l S Q",
        "q 0.5 w 1 0 0 RG 190 650 m 190 657 210 657 210 650 c 210 642 190 642 190 650 c S Q",
        "q 0.5 w 60 660 m 180 640 l S Q",
        "q 0.5 w 20 20 555 802 re S Q",
        "q 0.5 w 280 640 m 290 660 l S Q",
    ],
    ids="underlined encircled label frame neighbour".split(),
)
def test_lines_beside_a_figure_leave_it_as_it_is(beside: str) -> None:
    """An underline, a ring, a line through a label or another cell, a frame around the page."""
    assert printed({"after": beside}) == "59"
