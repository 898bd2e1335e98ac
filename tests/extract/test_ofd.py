"""OFD files: reports as several writers draw them, and every way in which the format hides, strikes or turns text."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from extract.document import UnreadableFileError
from extract.formats.drawn import child, image
from extract.formats.drawn.lines import UNCLEAR
from extract.formats.drawn.ofd import file
from extract.formats.drawn.ofd.markup import gathered
from extract.read import read_report
from extract.shown import is_unclear
from extract.sniff import parse
from tests.ofd import HABITS, MM, SPACE, OfdLayout, Pen, document, write_ofd
from tests.pdf import WIDTH
from tests.render import lay_out
from tests.strategies import EDITIONS, distinct_numbers

MECHANISMS = yaml.safe_load((Path(__file__).parent / "mechanisms" / "ofd.yaml").read_text(encoding="utf-8"))["ofd"]
PEN = Pen()
HEIGHT = PEN.layout.height


def values(edition: str) -> dict[tuple[str, str], str]:
    """A report with a different number in nearly every cell."""
    return {key: format(value, "f") for key, value in distinct_numbers(edition).items()}


# -- whole reports -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("habit", ["", *HABITS])
@pytest.mark.parametrize("edition", EDITIONS)
def test_each_habit_reads_alike(edition: str, habit: str) -> None:
    """Every cell of a report that is in order, unmarked, each with its place on a page."""
    layout = OfdLayout(**({habit: True} if habit else {}))
    reading = read_report(write_ofd(lay_out(edition, values(edition)), layout), "page")
    assert {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells} == values(edition)
    assert {cell.issue for cell in reading.cells} == {""}
    assert all(cell.place.startswith("page ") and cell.place.endswith(" mm") for cell in reading.cells)
    assert reading.document.title == "示例县人民政府2023年政府信息公开工作年度报告"


# -- what a page shows -------------------------------------------------------------------------------------------------


def page(content: str, under: str = "") -> str:
    """A ruled table of two rows and columns, 100 by 20 points each; `content` goes into its second cell, above 27."""
    level = [(100, y, 300, y) for y in (380, 400, 420)]
    upright = [(x, 380, x, 420) for x in (100, 200, 300)]
    rules = "".join(PEN.rule(*side) for side in (*level, *upright))
    labels = PEN.show("规章", 110, 406) + PEN.show("规范", 110, 386) + PEN.show("27", 205, 386)
    return under + rules + labels + content


def fill(x0: float, y0: float, x1: float, y1: float, colour: str, alpha: int = 255) -> str:
    """A filled box."""
    left, top, width, high = x0 * MM, (HEIGHT - y1) * MM, (x1 - x0) * MM, (y1 - y0) * MM
    data = f"M 0 0 L {width:.3f} 0 L {width:.3f} {high:.3f} L 0 {high:.3f} C"
    inner = f'<ofd:FillColor Value="{colour}" Alpha="{alpha}"/>'
    return Pen.path(left, top, width, high, data, 'Fill="true" Stroke="false"', inner)


def text(more: str = "", inner: str = "", *, size: float = 10, x: float = 205) -> str:
    """The figure 59 in the second cell."""
    return PEN.show("59", x, 406, size, more, inner)


def colour(value: str, alpha: int = 255) -> str:
    """What text is filled with."""
    return f'<ofd:FillColor Value="{value}" Alpha="{alpha}"/>'


def picture(name: str) -> str:
    """A picture over the second cell."""
    box = f"{200 * MM:.3f} {(HEIGHT - 420) * MM:.3f} {100 * MM:.3f} {20 * MM:.3f}"
    return (
        f'<ofd:ImageObject ID="70" CTM="{100 * MM:.3f} 0 0 {20 * MM:.3f} 0 0" ResourceID="{name}" Boundary="{box}"/>\n'
    )


# The head of a PNG: grey levels, or red, green, blue and alpha.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x01" * 2 + b"\x08%c\x00\x00\x00"
PICTURES = {81: "opaque.png", 82: "seal.png", 83: "other.jb2"}
MEDIA = "".join(
    f'<ofd:MultiMedia ID="{number}" Type="Image"><ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>'
    for number, name in PICTURES.items()
)
FILES = {"Doc_0/Res/opaque.png": PNG % 0, "Doc_0/Res/seal.png": PNG % 6, "Doc_0/Res/other.jb2": b"JB2"}
STROKE_THROUGH = PEN.rule(204, 409.5, 217, 409.5)
UNIT = (
    '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="90" Width="10" Height="10"><ofd:Content>'
    '<ofd:TextObject ID="91" Boundary="0 0 9 9" Font="3" Size="3.5"><ofd:TextCode X="0" Y="3.5" DeltaX="1.75">59'
    "</ofd:TextCode></ofd:TextObject></ofd:Content></ofd:CompositeGraphicUnit>"
    '<ofd:CompositeGraphicUnit ID="94" Width="10" Height="10"><ofd:Content>'
    '<ofd:PathObject ID="95" Boundary="0 0 1.7 5" Fill="true" Stroke="false"><ofd:FillColor Value="255 255 255"/>'
    "<ofd:AbbreviatedData>M 0 0 L 1.7 0 L 1.7 5 L 0 5 C</ofd:AbbreviatedData></ofd:PathObject></ofd:Content>"
    "</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
)
COMPOSITE = f'<ofd:CompositeObject ID="92" ResourceID="90" Boundary="{205 * MM:.3f} {(HEIGHT - 416) * MM:.3f} 9 9"/>\n'


def clipped(data: str) -> str:
    """A clip of this path, in the units of the object."""
    path = f'<ofd:Path ID="93" Boundary="0 0 99 99"><ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:Path>'
    return f"<ofd:Clips><ofd:Clip><ofd:Area>{path}</ofd:Area></ofd:Clip></ofd:Clips>"


SHOWN = {
    "plainly": page(text()),
    "within its clip": page(text(inner=clipped("M 0 0 L 20 0 L 20 6 L 0 6 C"))),
    "dark on a light ground": page(text(), fill(200, 400, 300, 420, "230 230 230")),
    "white on a dark ground": page(text(inner=colour("255 255 255")), fill(200, 400, 300, 420, "30 60 90")),
    "grey of one level": page(text(inner='<ofd:FillColor Value="30" ColorSpace="4"/>')),
    "in outline": page(text('Fill="false" Stroke="true" ')),
    "under a seal that lets it through": page(text() + picture("82")),
    "over a picture": page(picture("81") + text()),
    "under a fill that lets it through": page(text() + fill(200, 400, 300, 420, "255 255 0", 60)),
    "in a composite": page(COMPOSITE),
    "beside a turned watermark": page(text() + PEN.show("样本", 205, 402, 30, 'CTM="0.7 -0.7 0.7 0.7 0 0" ')),
}
PARAMS = (
    '<ofd:DrawParams><ofd:DrawParam ID="20"><ofd:FillColor Value="255 255 255"/></ofd:DrawParam>'
    '<ofd:DrawParam ID="21" Relative="20"/><ofd:DrawParam ID="22" LineWidth="5"><ofd:StrokeColor Value="255 255 255"/>'
    "</ofd:DrawParam></ofd:DrawParams>"
)


def second(content: str, **more: str) -> str:
    """What the second cell of the page says."""
    found = parse(document([content], resources=MEDIA + UNIT + PARAMS, files=FILES, **more))
    (grid,) = found.grids
    texts = [cell.text for row in grid.rows for cell in row]
    assert (texts[0], texts[2:]) == ("规章", ["规范", "27"])
    return texts[1]


@pytest.mark.parametrize("how", SHOWN)
def test_what_a_page_shows_is_read(how: str) -> None:
    """The figure as it is."""
    assert second(SHOWN[how]) == "59"


LEFT, TOP, HIGH = 205 * MM, (HEIGHT - 406 - 10) * MM, 13 * MM  # of the 9, in millimetres
BOX = f'Boundary="{LEFT:.4f} {TOP:.4f} {5 * MM:.4f} {HIGH:.4f}"'
ACROSS = f"<ofd:AbbreviatedData>M 0 0 L {5 * MM} 0 L {5 * MM} {HIGH} L 0 {HIGH} C</ofd:AbbreviatedData>"


def nine(how: dict[str, Any]) -> str:
    """A 9 before the figure, written so."""
    size = how.get("size", 10) * MM
    x = how.get("place", 0) + how.get("shift", 0)
    inner = how.get("inner", "")
    code = f'<ofd:TextCode X="{x}" Y="{10 * MM - how.get("rise", 0):.4f}">{how.get("text", "9")}</ofd:TextCode>'
    look = f'{how.get("more", "")} Font="{how.get("font", 3)}" Size="{size:.4f}"'
    return f'<ofd:TextObject ID="70" {BOX} {look}>{inner}{code}</ofd:TextObject>'


def filled(part: str, how: dict[str, Any]) -> str:
    """A part of a mechanism with what it names put in, on a line of its own."""
    return part.replace("NINE", nine(how)).replace("BOX", BOX).replace("ACROSS", ACROSS) + "\n"


@pytest.mark.parametrize("how", MECHANISMS["mechanisms"], ids=lambda how: how["what"])
def test_a_further_character_is_gone_or_marked(how: dict[str, Any]) -> None:
    """What nobody sees is no part of the figure; what is in doubt makes it unclear."""
    parts = [how.get("before", ""), how.get("around", "NINE"), how.get("behind", "")]
    content = page("".join(filled(part, how) for part in parts if part) + text(x=210))
    more = {"layers": filled(how["layers"], how)} if "layers" in how else {}
    more |= {"notes": filled(how["note"], how)} if "note" in how else {}
    found = second(content, **more)
    if how["fate"] == "gone":
        assert found == "59"
    else:
        assert is_unclear(found) or UNCLEAR in found


def test_what_the_mechanisms_add_marks_nothing_by_itself() -> None:
    """A plain 9 before the figure."""
    assert second(page(filled("NINE", {}) + text(x=210))) == "959"


def test_a_hidden_layer_shows_nothing() -> None:
    """All of it."""
    assert parse(document([page(text())], layer='Visible="false"')).text == ""


CUT = PEN.rule(250, 380, 250, 420)  # through the second column


@pytest.mark.parametrize(
    ("stroke", "shown"),
    [
        (CUT, True),
        (f'<ofd:PageBlock ID="7">{CUT.strip()}</ofd:PageBlock>\n', True),
        (f'<ofd:PageBlock Visible="false">{CUT.strip()}</ofd:PageBlock>\n', False),
        (f"<!--{CUT.strip()}-->\n", False),
        (f"<?unused {CUT.strip()}?>\n", False),
    ],
)
def test_strokes_count_where_they_are_painted(stroke: str, shown: bool) -> None:
    """Not in a hidden block, a comment or an instruction."""
    (grid,) = parse(document([page(text()) + stroke])).grids
    assert [len(row) for row in grid.rows] == ([3, 3] if shown else [2, 2])


# -- objects taken from the markup -------------------------------------------------------------------------------------

# What a writer, or damage, may make of the markup of a page.
WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda page: page,
    "over lines": lambda page: page.replace("><", ">\n  <"),
    "attributes in another order": lambda page: re.sub(r' (ID="\d+")( Boundary="[^"]*")', r"\2 \1", page),
    "the boundary last": lambda page: re.sub(r'( Boundary="[^"]*")([^>]*)>', r"\2\1>", page),
    "references": lambda page: page.replace(">59<", ">&#53;9<"),
    "CDATA": lambda page: page.replace(">59<", "><![CDATA[59]]><"),
    "a comment in a text": lambda page: page.replace(">59<", ">5<!-- 7 -->9<"),
    "white space in a text": lambda page: page.replace(">59<", ">\r\n5 9\u3000<"),
    "several codes": lambda page: page.replace(">59<", '>5</ofd:TextCode><ofd:TextCode X="1.5" Y="3.5">9<'),
    "another element inside": lambda page: page.replace("<ofd:TextCode", '<ofd:Actions ID="1"/><ofd:TextCode'),
    "a number that is none": lambda page: page.replace('Y="3.5278"', 'Y="3.5.2"'),
    "a boundary that is none": lambda page: re.sub('Boundary="[^"]*"', 'Boundary="1 2"', page),
    "hidden objects": lambda page: page.replace("<ofd:TextObject", '<ofd:TextObject Visible="false"', 2),
    "another prefix": lambda page: page.replace("ofd:", "o:"),
    "an attribute twice": lambda page: page.replace(' Font="3"', ' Font="3" Font="4"', 1),
    "a number twice": lambda page: page.replace(' Font="3"', ' Font="3" ID="4"', 1),
    "a control character": lambda page: page.replace(">59<", ">5\x019<"),
    "no character": lambda page: page.replace(">59<", ">5\ufffe9<"),
    "GBK": lambda page: page.replace("UTF-8", "GBK"),
    "cut off": lambda page: page[:-20],
}


def answer(data: bytes) -> object:
    """What a file says, or that it is refused."""
    try:
        return file.parse(data)
    except UnreadableFileError as error:
        return re.sub(r"line \d+|column \d+", "", str(error))


def rewritten(data: bytes, change: Callable[[str], str]) -> bytes:
    """A file with the markup of its pages written another way."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if "Pages" in name:
                page = change(content.decode())
                content = page.encode("gbk" if "GBK" in page else "utf-8", "ignore")
            new.writestr(name, content)
    return target.getvalue()


def both_ways(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[object, object]:
    """What a file says with objects taken from its markup, and with all of them parsed."""
    taken = answer(data)
    monkeypatch.setattr(file, "gathered", lambda content: (content, []))
    return taken, answer(data)


@pytest.mark.parametrize("writing", WRITINGS)
def test_what_is_taken_from_the_markup_is_what_a_parser_finds(monkeypatch: pytest.MonkeyPatch, writing: str) -> None:
    """However it is written, and whatever is wrong with it."""
    objects = page(text()) + PEN.show("共59件，其中第1项59件", 100, 300) + PEN.show("59", 100, 280)
    taken, parsed = both_ways(monkeypatch, rewritten(document([objects]), WRITINGS[writing]))
    assert taken == parsed


@pytest.mark.parametrize("habit", ["", *HABITS])
def test_habits_are_taken_as_a_parser_finds_them(monkeypatch: pytest.MonkeyPatch, habit: str) -> None:
    """Whole reports."""
    layout = OfdLayout(**({habit: True} if habit else {}))
    taken, parsed = both_ways(monkeypatch, write_ofd(lay_out("2021", values("2021")), layout))
    assert taken == parsed


@pytest.mark.parametrize("habit", ["", "single", "template", "blocks", "params"])
def test_plain_objects_are_taken_from_the_markup(habit: str) -> None:
    """Nothing of them is left for the parser."""
    data = write_ofd(lay_out("2021", values("2021")), OfdLayout(**({habit: True} if habit else {})))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            rest, runs = gathered(archive.read(name)) if "Content" in name else (b"", [])
            assert b"TextObject" not in rest
            assert b"PathObject" not in rest
            assert bool(runs) == ("Content" in name)


def note(kind: str, more: str = "") -> str:
    """An annotation that prints 7 behind the figure."""
    box = f"{217 * MM:.3f} {(HEIGHT - 416) * MM:.3f} 20 5"
    glyph = '<ofd:TextCode X="0" Y="3.5">7</ofd:TextCode>'
    look = f'<ofd:TextObject ID="60" Boundary="0 0 5 5" Font="3" Size="3.5">{glyph}</ofd:TextObject>'
    appearance = f'<ofd:Appearance Boundary="{box}">{look}</ofd:Appearance>'
    return f'<ofd:Annot ID="61" Type="{kind}" {more}>{appearance}</ofd:Annot>'


def test_annotations_are_painted_last() -> None:
    """A stamp with text is part of the page, an invisible one is not, and a watermark leaves a doubt."""
    assert second(page(text()), notes=note("Stamp")) == "597"
    assert second(page(text()), notes=note("Stamp", 'Visible="false"')) == "59"
    assert second(page(text()), notes=note("Watermark")) == "59\ufffd"


def test_a_table_wider_than_the_paper_has_no_certain_figures_at_its_edge() -> None:
    """What is beyond the edge is not printed: what is left of a number is not one."""
    edge = WIDTH
    level = [(100, y, edge + 10, y) for y in (400, 420)]
    upright = [(x, 400, x, 420) for x in (100, edge - 30, edge + 10)]
    rules = "".join(PEN.rule(*side) for side in (*level, *upright))
    found = parse(document([rules + PEN.show("规章", 110, 406) + PEN.show("1674487", edge - 28, 406)]))
    ((label, figure),) = [row for grid in found.grids for row in grid.rows]
    assert (label.text, figure.text) == ("规章", "167448\ufffd")


@pytest.mark.parametrize("pen", [PEN, Pen(OfdLayout(single=True))])
def test_a_number_across_a_ruling_is_in_doubt(pen: Pen) -> None:
    """Out of its table it has a mark; into the next cell it makes one cell of both."""
    (grid,) = parse(document([page(pen.show("1674487", 280, 406))])).grids
    assert [cell.text for cell in grid.rows[0]] == ["规章", "1674\ufffd"]
    upright = PEN.rule(250, 380, 250, 420)
    (grid,) = parse(document([page(upright + pen.show("1674487", 230, 406))])).grids
    assert [cell.text for cell in grid.rows[0]] == ["规章", "1674487"]


def test_a_page_set_sideways_is_read_sideways() -> None:
    """All text turned by a quarter, the rulings with it."""

    def turned(x: float, y: float, glyphs: str) -> str:
        return (
            f'<ofd:TextObject ID="1" Boundary="{x} {y} 9 9" CTM="0 1 -1 0 0 0" Font="3" Size="3.5">'
            f'<ofd:TextCode X="0" Y="0" DeltaX="3.5">{glyphs}</ofd:TextCode></ofd:TextObject>\n'
        )

    lines = ["M 50 50 L 50 130", "M 60 50 L 60 130", "M 50 50 L 60 50", "M 50 90 L 60 90", "M 50 130 L 60 130"]
    rules = "".join(Pen.path(0, 0, 200, 200, line, 'LineWidth="0.2"') for line in lines)
    found = parse(document([rules + turned(53, 55, "规章") + turned(53, 95, "59")]))
    assert [[cell.text for cell in row] for grid in found.grids for row in grid.rows] == [["规章", "59"]]


# -- scans and damage --------------------------------------------------------------------------------------------------


def test_pages_of_pictures_are_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra for recognition they are refused with the reason of every scan."""
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    monkeypatch.setattr(child, "call", lambda function, data: function(data))
    whole = '<ofd:ImageObject ID="70" CTM="297 0 0 210 0 0" ResourceID="81" Boundary="0 0 297 210"/>'
    with pytest.raises(UnreadableFileError, match="needs_ocr: a scan") as error:
        parse(document([whole], resources=MEDIA, files=FILES))
    assert error.value.media_type == "application/ofd"


def broken(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A file whose parts were changed."""
    with zipfile.ZipFile(io.BytesIO(document([page(text())]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


CONTENT = "Doc_0/Pages/Page_0/Content.xml"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda parts: parts.pop(CONTENT), "content.xml: found 0 parts"),
        (lambda parts: parts.update({CONTENT: parts[CONTENT][:900]}), "damage"),
        (lambda parts: parts.update({CONTENT: b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "document type"),
        (lambda parts: parts.update({"Doc_0/Encryptions.xml": b"<a/>"}), "encrypted"),
        (lambda parts: parts.update({"OFD.xml": f"<ofd:OFD {SPACE}/>".encode()}), "without a page"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(
    change: Callable[[dict[str, bytes]], None], reason: str
) -> None:
    """A page that is not there, cut short, with a document type; encryption; no page at all."""
    with pytest.raises(UnreadableFileError, match=reason):
        parse(broken(change))


def test_damage_is_refused_or_changes_nothing() -> None:
    """Bytes changed anywhere: a reason, or the cells as they were, or marks."""
    whole = write_ofd(lay_out("2021", values("2021")), OfdLayout())
    for number in range(60):
        rng = Random(number)
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        reading = read_report(bytes(data), "broken")
        assert reading.outcome == "report" or reading.reason
        if reading.outcome == "report":
            wrong = [
                c
                for c in reading.cells
                if not c.issue and values("2021")[c.indicator_code, c.applicant_code] != c.printed
            ]
            assert not wrong
