"""Tables as Apache Tika's text handler writes those of Word: a cell a line, opened by TAB."""

from extract.formats.text.layout import Layout
from extract.vocabulary import is_section_heading


class Tabbed(Layout):
    """A line that begins with TAB opens a cell, further lines belong to it, a blank line before the next TAB ends the
    row; merged columns come as one cell, the continuation of merged rows as an empty one.
    """

    def read(self, lines: list[str]) -> None:
        """Add what the lines hold to the document."""
        row: list[tuple[str, int]] = []
        blanks = 0
        for number, line in enumerate(lines, 1):
            if line[:1] == "\t":
                if blanks and row:
                    self.add_row(row)
                    row = []
                if "\t" in (text := line[1:]):
                    row += [(piece, number) for piece in text.split("\t")]
                else:
                    row.append((text, number))
            elif not line.strip():
                blanks += 1
                continue
            elif row and self._continues(lines, number - 1, blanks):
                row[-1] = (f"{row[-1][0]}\n{line}", row[-1][1])
            else:
                if row:
                    self.add_row(row)
                    row = []
                self.add_paragraph(line)
            blanks = 0
        if row:
            self.add_row(row)
        self.end_grid()

    @staticmethod
    def _continues(lines: list[str], index: int, blanks: int) -> bool:
        """Whether a text line goes on in the open cell.

        After no blank line it does unless it is a section heading (an export may drop the blank). After one, only if
        the text runs straight into the next TAB: a cell may hold an empty paragraph. Two blank lines end a table.
        """
        if blanks > 1 or is_section_heading(lines[index]):
            return False
        if not blanks:
            return True
        after = next((line for line in lines[index:] if line.startswith("\t") or not line.strip()), "")
        return after.startswith("\t")
