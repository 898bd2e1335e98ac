"""OpenDocument texts and spreadsheets: every report as written, and every way in which a style or a tag hides text."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from extract.document import UnreadableFileError
from extract.labels import squeeze
from extract.read import read_report
from extract.shown import is_unclear
from extract.sniff import parse
from tests.odf import SHEET, archive, flat, pack, write_odt
from tests.render import Layout, lay_out
from tests.strategies import EDITIONS, distinct_numbers


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_report_is_read_whole(edition: str) -> None:
    """Every cell, unmarked."""
    values = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
    reading = read_report(write_odt(lay_out(edition, values), Layout(), Random(0)), "text")
    assert {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells} == values
    assert {cell.issue for cell in reading.cells} == {""}


# -- what a cell shows -------------------------------------------------------------------------------------------------


def style(name: str, properties: str, family: str = "text", parent: str = "") -> str:
    """A style with these properties of text."""
    inherits = f' style:parent-style-name="{parent}"' if parent else ""
    return (
        f'<style:style style:name="{name}" style:family="{family}"{inherits}>'
        f"<style:text-properties {properties}/></style:style>"
    )


def ground(name: str, colour: str, family: str = "table-cell") -> str:
    """A style with a colour of its ground."""
    part = f'<style:{family}-properties fo:background-color="{colour}"/>'
    return f'<style:style style:name="{name}" style:family="{family}">{part}</style:style>'


def span(inner: str, name: str = "T") -> str:
    """Text in a style."""
    return f'<text:span text:style-name="{name}">{inner}</text:span>'


def cell(inner: str, automatic: str = "", styles: str = "", attributes: str = "", paragraph: str = "") -> str:
    """What the second cell of a table says that holds this in a paragraph."""
    row = (
        "<table:table-row><table:table-cell><text:p>规章</text:p></table:table-cell>"
        f"<table:table-cell {attributes}><text:p {paragraph}>{inner}</text:p></table:table-cell></table:table-row>"
    )
    body = f"<table:table>{row}</table:table>"
    found = parse(pack(body, automatic, styles)).grids[0].rows[0][1].text
    assert found == parse(flat(body, styles + automatic)).grids[0].rows[0][1].text
    return found


WHITE = 'fo:color="#ffffff"'
FORM = 'xmlns:field="urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"'
DEFAULT = f'<style:default-style style:family="paragraph"><style:text-properties {WHITE}/></style:default-style>'
SHOWN = {
    "plainly": cell("59"),
    "in pieces": cell("<text:span>5</text:span><text:span>9</text:span>"),
    "white on a dark ground": cell(
        span("59"), style("T", WHITE) + ground("C", "#1f4e79"), attributes='table:style-name="C"'
    ),
    "a colour over a white one": cell(span(span("59", "U")), style("T", WHITE) + style("U", 'fo:color="#000000"')),
    "shown over hidden": cell(
        span(span("59", "U")), style("T", 'text:display="none"') + style("U", 'text:display="true"')
    ),
    "a line that is none": cell(span("59"), style("T", 'style:text-line-through-style="none"')),
    "in the automatic colour, which LibreOffice calls transparent": cell(
        span("59"), style("T", 'style:use-window-font-color="true" loext:opacity="0%"')
    ),
    "in a colour over that": cell(
        span(span("59", "U")),
        style("T", 'style:use-window-font-color="true" loext:opacity="0%"') + style("U", 'fo:color="#000000"'),
    ),
    "raised by nothing": cell(span("59"), style("T", 'style:text-position="0% 100%"')),
    "inserted": cell('<text:change-start text:change-id="c"/>59<text:change-end text:change-id="c"/>'),
    "with a comment": cell("5<office:annotation><text:p>7</text:p></office:annotation>9"),
    "with a reading": cell(
        "<text:ruby><text:ruby-base>59</text:ruby-base><text:ruby-text>7</text:ruby-text></text:ruby>"
    ),
    "beside hidden text": cell(span("7") + "59", style("T", 'text:display="none"')),
    "beside text hidden by its parent": cell(
        span("7") + "59", style("T", "", parent="Q"), style("Q", 'text:display="none"')
    ),
    "beside white text": cell(span("7") + "59", style("T", WHITE)),
    "beside text in its ground's colour": cell(
        span("7") + "59", style("T", 'fo:color="#eeeeee"') + ground("C", "#eeeeee"), attributes='table:style-name="C"'
    ),
    "beside white text by its parent": cell(span("7") + "59", style("T", "", parent="Q"), style("Q", WHITE)),
    "beside a speck": cell(span("7") + "59", style("T", 'fo:font-size="0.5pt"')),
    "in the list of a form": cell(
        f'<field:fieldmark {FORM} field:type="vnd.oasis.opendocument.field.FORMDROPDOWN">'
        '<field:param field:name="Dropdown_ListEntry" field:value="7"/>'
        '<field:param field:name="Dropdown_ListEntry" field:value="59"/>'
        '<field:param field:name="Dropdown_Selected" field:value="1"/></field:fieldmark>'
    ),
    "indented a little": cell(
        "59",
        '<style:style style:name="P" style:family="paragraph">'
        '<style:paragraph-properties fo:margin-left="-0.2cm" fo:text-indent="0.7cm"/></style:style>',
        paragraph='text:style-name="P"',
    ),
    "beside hidden-text": cell('<text:hidden-text text:is-hidden="true">7</text:hidden-text>59'),
}
NOT_SHOWN = {
    "a paragraph that is hidden": cell('59<text:hidden-paragraph text:is-hidden="true"/>'),
    "by the style of its paragraph": cell(
        "59", style("P", 'text:display="none"', "paragraph"), paragraph='text:style-name="P"'
    ),
    "by the default of paragraphs": cell("59", styles=DEFAULT),
}
UNCLEAR = {
    "struck": cell(span("59"), style("T", 'style:text-line-through-style="solid"')),
    "struck twice": cell(span("59"), style("T", 'style:text-line-through-type="double"')),
    "struck by its parent": cell(
        span("59"), style("T", "", parent="Q"), style("Q", 'style:text-line-through-style="solid"')
    ),
    "struck by its paragraph": cell(
        "59", style("P", 'style:text-line-through-style="solid"', "paragraph"), paragraph='text:style-name="P"'
    ),
    "raised": cell("59" + span("1"), style("T", 'style:text-position="super 58%"')),
    "raised by a share": cell("59" + span("1"), style("T", 'style:text-position="33% 58%"')),
    "lowered": cell("59" + span("1"), style("T", 'style:text-position="sub 58%"')),
    "a note": cell(
        "59<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>7</text:p>"
        "</text:note-body></text:note>"
    ),
    "faint": cell(span("59"), style("T", 'fo:color="#e0e0e0"')),
    "tiny": cell(span("59"), style("T", 'fo:font-size="2pt"')),
    "hidden under a condition": cell(span("59"), style("T", 'text:display="condition"')),
}


@pytest.mark.parametrize("how", SHOWN)
def test_what_is_shown_is_read(how: str) -> None:
    """The figure, and nothing of what is hidden beside it."""
    assert SHOWN[how] == "59"


@pytest.mark.parametrize("how", NOT_SHOWN)
def test_what_is_not_shown_is_no_part_of_a_cell(how: str) -> None:
    """The cell is blank."""
    assert NOT_SHOWN[how] == ""


@pytest.mark.parametrize("how", UNCLEAR)
def test_what_may_not_be_meant_is_marked(how: str) -> None:
    """The text bears a mark, so that it is no number."""
    assert is_unclear(UNCLEAR[how])


def test_deleted_paragraphs_and_hidden_sections_are_no_part_of_a_text() -> None:
    """Tracked deletions stand at the head of a text; a section may be hidden with all that is in it."""
    deleted = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>7</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
    )
    sections = (
        '<text:section text:display="none"><text:p>8</text:p></text:section>'
        '<text:section text:display="condition" text:is-hidden="true"><text:p>9</text:p></text:section>'
        '<text:section text:display="condition" text:is-hidden="false"><text:p>shown</text:p></text:section>'
    )
    listed = "<text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
    assert parse(pack(f"{deleted}<text:p>a</text:p>{sections}{listed}")).blocks == ["a", "shown", "item"]


def test_the_text_of_a_shape_is_a_line_of_its_cell() -> None:
    """A figure beside a shape with a digit in it is no number of both."""
    shape = '<draw:custom-shape text:anchor-type="as-char"><text:p>9</text:p></draw:custom-shape>'
    assert cell(shape + "59") == "59\n9"


def test_text_boxes_stand_behind_their_paragraph() -> None:
    """Their ground is not known: a white title is in doubt there, not gone."""
    box = f"<draw:frame><draw:text-box><text:p>{span('title')}</text:p></draw:text-box></draw:frame>"
    first, title, last = parse(pack(f"<text:p>a{box}b</text:p><text:p>c</text:p>", style("T", WHITE))).blocks
    assert isinstance(title, str)
    assert (first, squeeze(title), last) == ("ab", "title", "c")


# -- spreadsheets ------------------------------------------------------------------------------------------------------


def sheet(*rows: str, automatic: str = "", table: str = "") -> list[list[str]]:
    """The texts of the one grid of a spreadsheet with a first row of labels."""
    labels = "".join(
        f"<table:table-cell><text:p>{label}</text:p></table:table-cell>" for label in ("规章", "数量", "合计")
    )
    body = f"<table:table {table}><table:table-row>{labels}</table:table-row>{''.join(rows)}</table:table>"
    grids = parse(pack(body, automatic, media_type=SHEET)).grids
    return [[one.text for one in row] for grid in grids for row in grid.rows][1:]


def value(number: str, text: str | None, attributes: str = "") -> str:
    """A cell with a value and the text it shows."""
    shown = "" if text is None else f"<text:p>{text}</text:p>"
    return (
        f'<table:table-cell office:value-type="float" office:value="{number}" {attributes}>{shown}</table:table-cell>'
    )


def row(*cells: str, attributes: str = "") -> str:
    """A row."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_a_cell_of_a_spreadsheet_is_what_it_shows() -> None:
    """The text, not the value behind it; the value where a producer wrote no text."""
    assert sheet(row(value("12.345", "12.35"), value("3", "3件"), value("7", None))) == [["12.35", "3件", "7"]]


def test_a_text_that_is_not_the_value_is_marked() -> None:
    """An office shows the value when it opens the file."""
    (found,) = sheet(row(value("19", "59"), value("2", "2"), value("3", "3")))
    assert is_unclear(found[0])
    assert found[1:] == ["2", "3"]


def test_hidden_rows_columns_and_sheets_are_not_shown() -> None:
    """By visibility, and by the style of a sheet."""
    rows = (
        row(value("1", "1"), value("2", "2"), value("3", "3")),
        row(value("4", "4"), value("5", "5"), value("6", "6")),
    )
    for how in ("collapse", "filter"):
        assert sheet(rows[0].replace("<table:table-row ", f'<table:table-row table:visibility="{how}" '), rows[1]) == [
            ["4", "5", "6"]
        ]
    hidden = (
        '<style:style style:name="S" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    assert sheet(*rows, automatic=hidden, table='table:style-name="S"') == []


def test_repeated_cells_are_repeated_within_bounds() -> None:
    """As often as the file says; a million blank rows at the end are none."""
    twice = value("1", "1", 'table:number-columns-repeated="2"')
    blank = row("<table:table-cell/>", attributes='table:number-rows-repeated="1048000"')
    assert sheet(row(twice, value("2", "2")), blank) == [["1", "1", "2"]]
    with pytest.raises(UnreadableFileError, match="cells"):
        sheet(row(twice, value("2", "2"), attributes='table:number-rows-repeated="1048000"'))


# -- the mechanisms of the specification -------------------------------------------------------------------------------

MECHANISMS = yaml.safe_load((Path(__file__).parent / "mechanisms" / "odf.yaml").read_text(encoding="utf-8"))


def property_styles(how: dict[str, Any], *, of_cells: bool = False) -> str:
    """The styles T of text, R of the rest, P of paragraphs, C of cells, G of what is drawn, and those a line names."""
    named = f' style:data-style-name="{how["format"]}"' if "format" in how else ""
    of_text = f"<style:text-properties {how.get('text', '')}/>" if of_cells else ""
    cell = f"<style:table-cell-properties {how.get('cell', '')}>{how.get('ground', '')}</style:table-cell-properties>"
    said = {
        ("P", "paragraph", ""): how.get("paragraph", ""),
        ("C", "table-cell", named): cell + of_text + how.get("map", ""),
        ("G", "graphic", ""): f"<style:graphic-properties {how.get('graphic', '')}/>",
        ("H", "table-row", ""): f'<style:table-row-properties style:row-height="{how.get("height", "1cm")}"/>',
        ("W2", "table-column", ""): f'<style:table-column-properties style:column-width="{how.get("width", "3cm")}"/>',
        ("S", "table", ""): f"<style:table-properties {how.get('table', '')}/>",
    }
    texts = (
        style("T", how.get("text", ""), parent="B")
        + style("B", how.get("parent", ""))
        + style("R", how.get("rest", ""))
    )
    return (
        how.get("styles", "")
        + texts
        + "".join(
            f'<style:style style:name="{name}" style:family="{family}"{more}>{inner}</style:style>'
            for (name, family, more), inner in said.items()
        )
    )


def text_of(how: dict[str, Any]) -> list[str]:
    """What the cells of a table say of a label, and of a 9 written so before 59."""
    inner = how.get("inner", span("9"))
    paragraph = f'<text:p text:style-name="P">{inner}{span("59", "R")}{how.get("behind", "")}</text:p>'
    cells = (
        f'<table:table-cell><text:p>规章</text:p></table:table-cell><table:table-cell table:style-name="C">{paragraph}'
    )
    line = f"<table:table-row>{cells}</table:table-cell></table:table-row>"
    (grid,) = parse(pack(f"{how.get('before', '')}<table:table>{line}</table:table>", property_styles(how))).grids
    return [one.text for one in grid.rows[0]]


@pytest.mark.parametrize("how", MECHANISMS["odt"]["mechanisms"], ids=lambda how: how["what"])
def test_a_further_character_of_a_text_is_gone_or_marked(how: dict[str, Any]) -> None:
    """What nobody sees is no part of the figure; what is in doubt makes it unclear."""
    label, figure = text_of(how)
    assert squeeze(label) == "规章"
    if how["fate"] == "gone":
        assert squeeze(figure) == "59"
        assert not is_unclear(figure)
    else:
        assert is_unclear(figure)


def sheet_of(how: dict[str, Any]) -> list[str]:
    """What a spreadsheet shows of labels, figures and a 59 written so."""
    label = "<table:table-cell><text:p>label</text:p></table:table-cell>"
    figure = value("59", how.get("shown", "59"), 'table:style-name="C"').replace(
        "</table:table-cell>", f"{how.get('drawn', '')}</table:table-cell>"
    )
    if "covered" in how:
        label = label.replace("table-cell>", 'table-cell table:number-columns-spanned="2">', 1)
        figure = figure.replace("table:table-cell", "table:covered-table-cell")
    second = row(label, figure, value("4", "4"), attributes=f'{how.get("row", "")} table:style-name="H"')
    if "group" in how:
        second = f'<table:table-row-group table:display="false">{second}</table:table-row-group>'
    column = f'<table:table-column table:style-name="W2" {how.get("column", "")}/>'
    if "columns" in how:
        column = f'<table:table-column-group table:display="false">{column}</table:table-column-group>'
    plain = "<table:table-cell><text:p>label</text:p></table:table-cell>"
    first = row(plain, value("27", "27") if "width" not in how else plain, value("3", "3"))
    rules = (
        '<calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="a.B2:a.B2">'
        f"{how['rule']}</calcext:conditional-format></calcext:conditional-formats>"
        if "rule" in how
        else ""
    )
    body = (
        f'<table:table table:style-name="S">{how.get("shapes", "")}<table:table-column/>{column}{first}{second}'
        f"{rules}</table:table><table:table>{row(plain, value('7', '7'), value('8', '8'))}</table:table>"
    )
    grids = parse(pack(body, property_styles(how, of_cells=True), media_type=SHEET)).grids
    return [one.text for grid in grids for line in grid.rows for one in line]


@pytest.mark.parametrize("how", MECHANISMS["ods"]["mechanisms"], ids=lambda how: how["what"])
def test_a_figure_of_a_sheet_is_gone_or_marked(how: dict[str, Any]) -> None:
    """What a sheet does not show is no part of it; what may not be meant bears its mark."""
    found = sheet_of(how)
    assert "7" in found
    assert "59" not in found
    assert any(map(is_unclear, found)) == (how["fate"] == "marked")


@pytest.mark.parametrize(
    ("view", "document", "shown"), [("", "true", True), ("", "false", False), ("false", "true", False)]
)
def test_zeros_that_a_spreadsheet_does_not_show_are_no_figures(view: str, document: str, shown: bool) -> None:
    """As its settings say, those of the view first; blank cells, not zeros."""
    item = '<config:config-item config:name="ShowZeroValues" config:type="boolean">{}</config:config-item>'
    settings = "".join(f"<office:settings>{item.format(said)}</office:settings>" for said in (view, document) if said)
    label = "<table:table-cell><text:p>label</text:p></table:table-cell>"
    lines = row(label, value("0", "0"), value("10", "10")) + row(label, value("0.0", "0.0"), value("7", "7"))
    (grid,) = parse(pack(f"<table:table>{lines}</table:table>", media_type=SHEET, settings=settings)).grids
    assert [cell.text for line in grid.rows for cell in line] == [
        "label", "0" if shown else "", "10", "label", "0.0" if shown else "", "7",
    ]  # fmt: skip


def test_nothing_of_that_marks_by_itself() -> None:
    """The text and the spreadsheet of the table of mechanisms without any are read whole."""
    assert text_of({}) == ["规章", "959"]
    assert sheet_of({})[:6] == ["label", "27", "3", "label", "59", "4"]


# -- what cannot be read -----------------------------------------------------------------------------------------------


OPENED, CLOSED = (
    "<table:table-row><table:table-cell><table:table>",
    "</table:table></table:table-cell></table:table-row>",
)
REPEATED = row(
    '<table:table-cell table:number-columns-repeated="99999"/>', attributes='table:number-rows-repeated="99999"'
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a"}), "damage"),
        (archive({"content.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "document type"),
        (archive({"content.xml": "<a/>", "META-INF/manifest.xml": "<m><encryption-data/></m>"}), "encrypted"),
        (archive({"content.xml": "<presentation/>"}), "another kind"),
        (pack(f"<table:table>{OPENED * 40}{CLOSED * 40}</table:table>"), "inside one another"),
        (pack(f"<table:table>{REPEATED * 40}</table:table>"), "cells"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    """Damage, document types, encryption, other kinds, nesting and repetition without end."""
    with pytest.raises(UnreadableFileError, match=reason):
        parse(data)
