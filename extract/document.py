"""The one meeting point of all file formats: paragraphs and grids in reading order.

A reader in `extract/formats/` turns bytes into a `Document`; nothing after it knows the format any more.
"""

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(slots=True, eq=False)
class Cell:
    """One printed cell: its text and where it stands.

    `row` and `column` count the cells as the file holds them, from 1. `first` is the grid column (from 0) where the
    cell begins once spans are laid out; it equals `column - 1` where a format does not tell spans.
    """

    text: str
    row: int
    column: int
    place: str
    first: int
    colspan: int = 1
    rowspan: int = 1


@dataclass(eq=False)
class Grid:
    """A table as the file holds it: rows of physical cells. `number` counts the tables of a document from 1."""

    number: int
    rows: list[list[Cell]]
    spans_known: bool

    @cached_property
    def is_even(self) -> bool:
        """Whether all rows hold the same number of cells: short ones are filled up with blank cells at their end."""
        return len(self.rows) > 1 and len({len(row) for row in self.rows}) == 1

    def lines(self) -> list[str]:
        """Each row as one line of text, for what has to be read as prose."""
        return [" ".join([cell.text for cell in row if cell.text]) for row in self.rows]


@dataclass(slots=True)
class Document:
    """A parsed file. `blocks` holds paragraphs (str) and grids in reading order.

    `doubt` is the code of an issue all its cells bear: unruled_table where white space alone parts them, glued_table
    where nothing does, read_by_ocr where they were recognised in a picture; "" for none.

    What a web page tells about itself: `title` is its first heading, else its `<title>`; `meta` holds the tags that
    sites of government must carry (国办发〔2017〕47号), their names in small letters: sitename,
    sitedomain, siteidcode, columnname, columntype, articletitle, pubdate, contentsource, keywords, author, description,
    url, and `title` as the page's `<title>` says it. `article` is where in `blocks` the article stands, from its title
    to its end, without navigation above and footer below; None where all of the document is the article.
    """

    media_type: str
    encoding: str = ""
    title: str = ""
    blocks: list[str | Grid] = field(default_factory=list)
    doubt: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    article: range | None = None
    pictures: int = 0  # large ones, which may stand in for tables
    held: list[bytes] = field(default_factory=list)  # of those, the ones that lie in the file

    @property
    def article_blocks(self) -> list[str | Grid]:
        """The blocks of the article, in reading order: all of them where nothing else stands around it."""
        return self.blocks if self.article is None else self.blocks[self.article.start : self.article.stop]

    @property
    def grids(self) -> list[Grid]:
        """The tables of the document, in reading order."""
        return [block for block in self.blocks if isinstance(block, Grid)]

    @property
    def text(self) -> str:
        """All text of the document, a line a paragraph or table row."""
        lines: list[str] = []
        for block in self.blocks:
            lines.extend((block,) if isinstance(block, str) else block.lines())
        return "\n".join(lines)


class UnreadableFileError(ValueError):
    """The bytes are not a document this version can read; the message says what was found and expected."""

    def __init__(self, message: str, media_type: str = "application/octet-stream") -> None:
        super().__init__(message)
        self.media_type = media_type

    def __reduce__(self) -> tuple[type["UnreadableFileError"], tuple[str, str]]:
        return type(self), (str(self), self.media_type)


class ArchiveError(UnreadableFileError):
    """The bytes are no document but an archive of some; the message says of how many."""
