"""What is recorded of a file: its cells, what is doubtful about them, and what became of every cell of a table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from extract.document import Cell, Document
from extract.issues import Severity, issue_kinds
from extract.recognise import RecognisedTable

# What a file is: `report_without_tables` calls itself a report of a year and has no statutory table, `duplicate` has
# bytes that were seen before.
Outcome = Literal["report", "report_without_tables", "not_a_report", "unreadable", "duplicate"]
# How a value came to its line and column: by their labels, by the order of certain neighbours, recognised in a picture,
# by the table's own arithmetic, from the prose (these two in transform); "" where the page has none.
Method = Literal["labelled", "aligned", "ocr", "decoded", "prose", ""]
FateKind = Literal["label", "header", "value", "ignored", "issue"]


@dataclass(frozen=True, slots=True)
class Issue:
    """What could not be read as expected; its severity is that of its code (`extract.issues`)."""

    code: str
    severity: Severity = field(init=False)
    where: str
    found: str
    expected: str
    indicator_code: str = ""
    applicant_code: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", issue_kinds()[self.code].severity)


class ReadCell(NamedTuple):
    """A statutory cell as printed; `place` is "" for a cell the form has and the page does not.

    `type` and `unit` are the indicator's; `unit_printed` is the unit of money its header states. `issue` is the code of
    the issue that names this cell, "" for none.
    """

    table: str
    edition: str
    indicator_code: str
    applicant_code: str
    type: str
    unit: str
    printed: str
    method: Method
    issue: str
    unit_printed: str
    grid: int
    row: int
    column: int
    place: str


class Fate(NamedTuple):
    """What became of a cell of a recognised table; `note` says which line or column it is of, or why it is none."""

    kind: FateKind
    note: str


class Rows(NamedTuple):
    """The rows of a grid, the text of every cell; of a grid with a statutory table (`statutory`) those that are none of
    its rows.
    """

    texts: list[list[str]]
    statutory: bool


@dataclass(slots=True)
class Around:
    """What stands around the statutory tables: paragraphs and rows of grids, in reading order. `article` is where in
    `blocks` the article stands, None where it is all of them.
    """

    blocks: list[str | Rows] = field(default_factory=list)
    article: range | None = None

    @property
    def lines(self) -> list[str]:
        """The prose, a line a paragraph or grid row."""
        return list(_lines(self.blocks))

    @property
    def article_lines(self) -> list[str]:
        """The prose of the article alone, without the navigation around it."""
        return list(
            _lines(self.blocks if self.article is None else self.blocks[self.article.start : self.article.stop])
        )


def _lines(blocks: Iterable[str | Rows]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, str):
            yield block
        else:
            yield from filter(None, (" ".join(filter(None, row)) for row in block.texts))


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a second reading confirms: the cells whose line it found, and how it read, in words."""

    cells: frozenset[tuple[str, str]] = frozenset()
    how: str = ""


@dataclass(slots=True)
class Reading:
    """Everything a file says, uninterpreted. `reason` says why the outcome is no report, "" for one.

    What was restored from a transcript (`extract.transcript`) has no rows of tables, no fates and no grids.
    """

    document_sha256: str
    source_name: str
    bytes: int
    media_type: str
    outcome: Outcome
    reason: str
    document: Document
    cells: list[ReadCell] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    tables: list[RecognisedTable] = field(default_factory=list)
    fates: dict[Cell, Fate] = field(default_factory=dict)
    around: Around = field(default_factory=Around)
    attestation: Attestation | None = None  # None where no second reading was asked for yet

    def look_around(self) -> Around:
        """What stands around the statutory tables of the document; of their rows, those that were passed over."""
        rows = [row for recognised in self.tables for row in recognised.rows]
        in_table, statutory = {id(row.cells) for row in rows}, {row.grid.number for row in rows}

        def is_read(cells: list[Cell]) -> bool:
            if id(cells) in in_table:
                for cell in cells:
                    if cell.text and self.fates[cell].kind != "ignored":
                        return True
            return False

        blocks: list[str | Rows] = []
        for block in self.document.blocks:
            if isinstance(block, str):
                blocks.append(block)
            else:
                texts = [[cell.text for cell in cells] for cells in block.rows if not is_read(cells)]
                blocks.append(Rows(texts, block.number in statutory))
        return Around(blocks, self.document.article)
