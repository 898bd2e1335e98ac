"""One cell a line, with a bar behind it or not: only the labels of the form tell where a row begins."""

from collections import Counter, defaultdict
from typing import NamedTuple

from extract.document import Document
from extract.formats.text.barred import CELLS, Token, kind_within, with_bars
from extract.formats.text.layout import BLANKS, PAGE, Layout, between
from extract.formats.text.rows import spaced
from extract.labels import clean, normalise, squeeze
from extract.vocabulary import LABEL_LENGTH, Vocabulary

_LABELS = 4  # fewer labels on lines of their own are headings of prose
_COLUMN_LENGTH = 12
_PIECES = 8  # lines a label is broken over; 三、本年度办理结果 printed downwards has as many


def is_stacked(lines: list[str], words: Vocabulary) -> bool:
    """Whether labels of the form stand alone on their lines, and more often so than in rows.

    A form repeats headers and totals. Where no line is printed twice, the export kept only the first of equal ones,
    and with the others the place of every number is lost.
    """
    printed = [line for line in lines if line.strip()]
    if len(set(map(squeeze, printed))) == len(printed):
        return False
    rows = [between(line) if "|" in line else spaced(line, words) or (line,) for line in printed]
    cells = [(text, len(row) == 1) for row in rows for text in row]
    found = Counter(alone for text, alone in cells if words.kind(text) in ("caption", "label"))
    return found[True] >= _LABELS and found[True] > found[False]


class Stacked(Layout):
    """A caption is a row; column labels of one level are a row; the label of a line, with the groups printed right
    before it, opens a row that takes every cell up to the next label.

    Cells are not counted here: a row with too few or too many stays as found, and the reader marks it.
    """

    def __init__(
        self, document: Document, lines: list[str], words: Vocabulary, places: list[str] | None = None
    ) -> None:
        super().__init__(document, lines, words, places)
        self.row: list[tuple[str, int]] = []
        self.names: set[str] = set()  # what the cells of the open row say, as labels are compared
        self.holds = ""  # the kind of the last cell of the open row, "" without one
        self.inside = False  # whether a cell of a table was seen since the last section heading
        self.values: list[str] = []  # of the grid, blank ones too
        self.before = 0  # cells of a row that stand before its label, as the header tells

    def read(self, lines: list[str]) -> None:
        """Add what the lines hold to the document."""
        tokens = _tokens(lines, self.words)
        ahead = [""]  # from the last token on, the kind of the next one that prints something
        for token in reversed(tokens):
            ahead.append(token.kind if clean(token.text) else ahead[-1])
        for token, following in zip(tokens, ahead[-2::-1], strict=True):
            self._take(token, following)
        self._end_row()
        self.end_grid()

    def _take(self, token: Token, ahead: str) -> None:
        text, number = clean(token.text), token.line
        kind = self._kind(token, text, ahead)
        if kind == "row":
            self._end_row()
            self.values += token.text.split("|")
            self.add_row([(cell, number) for cell in token.text.split("|")])
        elif kind in ("section", "prose") or (kind == "value" and not self.inside):
            self._end_row()
            self.add_paragraph(text)
            self.inside = self.inside and kind != "section"
        elif text or self.holds:
            self._add_cell(text, number, kind)

    def _kind(self, token: Token, text: str, ahead: str) -> str:
        """What a cell is where it stands, as far as its words leave that open."""
        in_header = self.holds == "header"
        if token.kind == "either":
            return "header" if in_header else "label"
        if token.kind == "blank":
            return "header" if in_header and ahead in ("header", "either") else "value"
        if token.kind != "other":
            return token.kind
        if in_header and (self.words.is_cut_column(text) or self._is_column(text, ahead)):
            return "header"
        # A damaged label, a line of an agency's own, or prose.
        is_label = self.inside and len(text) <= LABEL_LENGTH and ahead in CELLS and ahead != "caption"
        return "label" if is_label else "prose"

    def _is_column(self, text: str, ahead: str) -> bool:
        """Whether a text none of the forms prints stands among the columns of a statistical form (上年同期)."""
        labels_at = self._labels_at()
        follows = ("header", "either", "label", *(["value"] if labels_at > 0 else []))
        return labels_at >= 0 and len(text) <= _COLUMN_LENGTH and ahead in follows

    def _labels_at(self) -> int:
        """Which cell of the open row heads the labels of a statistical form, -1 for none."""
        names = [normalise(text) for text, _ in self.row]
        return next((at for at, name in enumerate(names) if self.words.names_lines(name)), -1)

    def _add_cell(self, text: str, number: int, kind: str) -> None:
        joins = self._joins(text, kind)
        if not joins:
            before = self._cells_before(kind)
            self._end_row()
            self.row += before
        if not (joins and self.holds == "caption"):
            self.holds = kind
        self.row.append((text, number))
        self.names.add(normalise(text))
        self.values += [text] if kind == "value" else []
        self.inside = True

    def _cells_before(self, kind: str) -> list[tuple[str, int]]:
        """The cells before the label of a row (its code), taken from the end of the row above: no figures of that."""
        taken: list[tuple[str, int]] = []
        while kind == "label" and self.holds == "value" and self.row and len(taken) < self.before:
            if self.words.kind(self.row[-1][0]) not in ("value", "blank"):
                break
            taken.insert(0, self.row.pop())
        return taken

    def _joins(self, text: str, kind: str) -> bool:
        """Whether a cell goes on in the open row."""
        if kind == "value":  # behind a caption, only the blank cells it is merged over
            return self.holds in ("label", "value") or (self.holds == "caption" and not text)
        under = not self.names.isdisjoint(self.words.above.get(normalise(text), ()))
        # The columns under a heading are a row of their own, the lines of a group begin in its row.
        return self.holds == kind and kind != "caption" and under == (kind == "label")

    def _end_row(self) -> None:
        if self.holds == "header":
            self.before = max(self._labels_at(), 0)
        if self.row:
            self.add_row(self.row)
        self.row, self.names, self.holds = [], set(), ""

    def end_grid(self) -> None:
        """Keep what was gathered as a grid if it has values. Where most are blank and no text is printed twice, equal
        lines of this table may have been blanked, and it is kept as text only.
        """
        texts = [cell.text for row in self.rows for cell in row if cell.text]
        printed = [value for value in self.values if value]
        doubtful = printed and 2 * len(printed) < len(self.values) and len(set(texts)) == len(texts)
        if self.values and not doubtful:
            super().end_grid()
        elif self.rows:
            self.document.blocks.extend(texts)
        self.rows, self.values = [], []


def _tokens(lines: list[str], words: Vocabulary) -> list[Token]:
    """The lines of a stacked file, blank ones where they are blank cells.

    Where most labels have a bar behind them, on their line or on the next, so has a blank cell.
    """
    bare = [line.strip(BLANKS) for line in (lines if lines[-1] else lines[:-1])]
    tokens = [Token("|".join(between(line)), number, kind_within(line, words)) for number, line in enumerate(bare, 1)]
    labels = [token.line for token in tokens if token.kind in ("caption", "label")]
    beside = sum("|" in bare[number - 1] for number in labels)
    below = sum(bare[number : number + 1] == ["|"] for number in labels)
    if 2 * (beside + below) <= len(labels):
        return _with_blanks(_joined_lines(tokens, words), words)
    return with_bars(bare, words, is_beside=beside > below)


def _joined_lines(tokens: list[Token], words: Vocabulary) -> list[Token]:
    """Labels broken over lines put together, where that makes them labels of the form; numbers of pages left out."""
    found: list[Token] = []
    ends_page = False
    for token in tokens:
        if PAGE.fullmatch(squeeze(token.text)) or (ends_page and token.kind == "blank"):
            while found and found[-1].kind == "blank":
                found.pop()
            ends_page = True
            continue
        ends_page = False
        found.append(token)
        if token.kind != "blank":
            _join_last(found, words)
    return found


def _join_last(found: list[Token], words: Vocabulary) -> None:
    """Put the last line together with those before it if that makes them a label of the form."""
    last = found[-1]
    at, text = len(found) - 1, last.text
    for _ in range(1, _PIECES):
        at = next((before for before in range(at - 1, -1, -1) if found[before].kind != "blank"), -1)
        text = f"{found[at].text}\n{text}"
        if at < 0 or found[at].kind in ("value", "section") or len(text) > LABEL_LENGTH:
            return
        if "other" in (last.kind, found[at].kind) and words.is_listed(text):
            found[at:] = [Token(text, found[at].line, words.kind(text))]
            return


# Rows that must come out as wide as a table before blank lines count otherwise: one may be a row that lost a value.
_PROOFS = 3


class _Run(NamedTuple):
    """The blank lines before a token of a kind; `end` is what ends there: row, block, table, header, "" for none."""

    end: str
    blanks: list[Token]
    kind: str
    token: Token


def _with_blanks(tokens: list[Token], words: Vocabulary) -> list[Token]:
    """Blank lines as blank cells: behind every cell stand as many as part the cells of headers, which are never blank.

    At the end of a row, block or table there may be more, and a value may be lost. There they are cells only if another
    row, block or table ends without any, or if the file has no value whose place could be mistaken.
    """
    runs, gap = _runs(tokens, words)
    lengths: dict[str, set[int]] = defaultdict(set)
    for run in runs:
        lengths[run.end].add(len(run.blanks))
    has_values = any(token.kind == "value" for token in tokens)
    certain = {"", *(end for end in lengths if min(lengths[end]) == gap or not has_values)}
    runs = [run if run.end in certain else run._replace(blanks=run.blanks[:gap]) for run in runs]
    step = _lines_of_a_blank_cell(runs, gap, words)
    found: list[Token] = []
    for run in runs:
        found += run.blanks[gap : len(run.blanks) - step + 1 : step]
        found.append(run.token)
    return found


def _runs(tokens: list[Token], words: Vocabulary) -> tuple[list[_Run], int]:
    """(the runs of blank lines, one before each token, how many lines part the cells of headers)."""
    runs: list[_Run] = []
    blanks: list[Token] = []
    parting: Counter[int] = Counter()
    names: set[str] = set()
    before = ""
    for token in [*tokens, Token("", 0, "prose")]:
        if token.kind == "blank":
            blanks.append(token)
            continue
        kind = token.kind if token.kind != "either" else "header" if before == "header" else "label"
        parting[len(blanks)] += before in ("caption", "header")
        end = CELLS.get(kind, "table") if before in ("label", "value") else ""
        if before == "label" and not names.isdisjoint(words.above.get(normalise(token.text), ())):
            end = ""  # a part behind its group goes on in its row
        elif before == "header" and kind in ("label", "value"):
            end = "header"
        runs.append(_Run(end, blanks, kind, token))
        blanks, before, names = [], kind, {normalise(token.text)}
    return runs, max(parting, key=lambda size: parting[size])


def _lines_of_a_blank_cell(runs: list[_Run], gap: int, words: Vocabulary) -> int:
    """How many lines a blank cell adds: its own and those that part it from the next cell or, where blank lines stand
    between the values of a row that this does not explain and several rows are then as wide as a table, its own alone:
    a single one may have lost a value.
    """
    inner = [len(run.blanks) for run in runs if run.kind == "value" and not run.end]
    if all((size - gap) % (gap + 1) == 0 for size in inner):
        return gap + 1
    gained = _fitting_rows(runs, gap, 1, words) - _fitting_rows(runs, gap, gap + 1, words)
    return 1 if gained >= _PROOFS else gap + 1


def _fitting_rows(runs: list[_Run], gap: int, step: int, words: Vocabulary) -> int:
    """How many rows have as many cells as a table has columns, if each `step` blank lines beyond the gap are a cell."""
    widths = frozenset().union(*(table.widths for table in words.tables))
    count = fitting = 0
    for run in runs:
        blank = max(len(run.blanks) - gap, 0) // step
        if run.kind == "value":
            count += blank + 1
            continue
        fitting += count + blank in widths
        count = 0
    return fitting
