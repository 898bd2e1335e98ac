"""What is recorded of a file: its cells, what is doubtful about them, and what became of every cell of a table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from extract.document import Cell, Document, Grid
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


@dataclass(slots=True)
class Reading:
    """Everything a file says, uninterpreted. `reason` says why the outcome is no report, "" for one."""

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
    prose: list[str] = field(default_factory=list)

    @property
    def article(self) -> list[str]:
        """The prose of the article alone, without the navigation around it."""
        return self.prose if self.document.article is None else list(self.text_of(self.document.article_blocks))

    def text_of(self, blocks: Iterable[str | Grid]) -> Iterator[str]:
        """The text of blocks around the statutory tables, a line a paragraph or grid row."""
        in_table = {id(row.cells) for recognised in self.tables for row in recognised.rows}
        for block in blocks:
            if isinstance(block, str):
                yield block
                continue
            for cells in block.rows:
                if id(cells) in in_table and any(c.text and self.fates[c].kind != "ignored" for c in cells):
                    continue
                if line := " ".join([cell.text for cell in cells if cell.text]):
                    yield line
