"""Labels broken over the lines of a text, put together where that makes them labels of the form."""

from itertools import product
from typing import NamedTuple

from extract.formats.text.layout import PAGE
from extract.labels import clean, squeeze
from extract.vocabulary import Vocabulary, looks_like_value

# As many figures in a line as section 三 has columns but one: no line of prose has them.
FIGURES = 6
# Lines above and below a row that its label may run over; a row without any of it stands between the halves.
_NEIGHBOURS = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (3, 0), (0, 3), (2, 2), (0, 4), (0, 5))
_AROUND = ((1, 1), (2, 1), (1, 2), (2, 2))
_ABOVE = ((2, 0), (3, 0), (4, 0), (5, 0))  # of text that keeps the order of cells, not of lines


class Entry(NamedTuple):
    """A line of a file that has a row a line: its number, its text, its cells (none where it is no row), and whether
    a separator parts them.
    """

    line: int
    text: str
    cells: tuple[str, ...]
    parted: bool


def mended(entries: list[Entry], words: Vocabulary) -> list[Entry]:
    """Labels broken over lines put together, where that makes them labels of the form to the letter.

    Between their halves may stand a piece of the label of their group, or the number of a page.
    """
    found: list[Entry] = []
    rest = entries[::-1]
    while rest:
        entry = rest.pop()
        while entry.parted and rest and (whole := _joined(entry, rest[-1], words)):
            entry = whole
            rest.pop()
        at = next((n for n, cell in enumerate(entry.cells) if looks_like_value(cell)), len(entry.cells))
        if len(entry.cells) - at >= FIGURES and (not at or words.kind(entry.cells[at - 1]) == "other"):
            entry = _with_label(entry, at, found, rest, words)
        found.append(entry)
    return found


def _with_label(entry: Entry, at: int, found: list[Entry], rest: list[Entry], words: Vocabulary) -> Entry:
    """A row whose figures begin `at` a cell, with its label made whole from the lines around it, which are taken away.

    `found` are the lines above, `rest` those below, both with the nearest one last.
    """
    own = entry.cells[at - 1] if at else ""
    patterns = _NEIGHBOURS if own else _AROUND if entry.parted else (*_AROUND, *_ABOVE)
    for (above, below), passing in product(patterns, (False, True)):
        up, down = _beside(found, above, words, passing=passing), _beside(rest, below, words, passing=passing)
        if len(up) + len(down) < above + below:
            continue
        texts = [*(found[n].text for n in reversed(up)), *(rest[n].text for n in down)]
        group, texts[0] = _behind_group(texts[0], words) if above else ("", texts[0])
        label = "".join([*texts[:above], own, *texts[above:]])
        if words.kind(label) == "label":
            for lines, numbers in ((found, up), (rest, down)):
                for number in numbers:
                    del lines[number]
            before = (*entry.cells[: max(at - 1, 0)], *filter(None, (group, label)))
            return entry._replace(cells=(*before, *entry.cells[at:]))
    return entry


def _beside(entries: list[Entry], count: int, words: Vocabulary, *, passing: bool) -> list[int]:
    """The numbers of so many lines without cells at the end of a list, nearest first, or of fewer; with `passing`, what
    says nothing of its own is passed over.
    """
    found: list[int] = []
    for number in range(len(entries) - 1, -1, -1):
        if len(found) == count or entries[number].cells:
            break
        if not (passing and is_aside(entries[number].text, words)):
            found.append(number)
    return found


def is_aside(text: str, words: Vocabulary) -> bool:
    """Whether a line says nothing of its own: a piece of the label of a group, the number of a page."""
    squeezed = squeeze(text)
    return bool(PAGE.fullmatch(squeezed)) or (squeezed in words.group_labels and words.kind(text) == "other")


def _behind_group(text: str, words: Vocabulary) -> tuple[str, str]:
    """The label of a group, if a text begins with one, and the rest."""
    head, *rest = text.split(maxsplit=1)
    return (head, rest[0]) if rest and words.kind(head) == "label" else ("", text)


def _joined(entry: Entry, after: Entry, words: Vocabulary) -> Entry | None:
    """Two lines as one row, if the last cell of one and the first of the other are halves of a label."""
    last, (first, *others) = entry.cells[-1], after.cells or (after.text,)
    whole = clean(last) and clean(first) and words.kind(last + first) in ("header", "label", "either")
    if not whole or words.kind(last) != "other" or words.kind(first) != "other":
        return None
    return entry._replace(cells=(*entry.cells[:-1], f"{last}\n{first}", *others))
