"""What places of a report are called in both languages: a line, a column, a group of columns, a cell."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from extract.forms import Column, Label, Table, load_forms


@lru_cache(maxsize=64)
def labels_of(table: Table) -> dict[str, Label]:
    """What each location in a table is called: a line, a column, a group of columns, a cell; "" is the table."""
    labels = {"": Label(table.label.zh, table.label.en)}
    for block in table.blocks:
        # The only column of a statistical form says no more than its lines do.
        columns = [(column, path if column.code else ()) for column, path in _with_paths(block.columns, ())]
        labels |= {column.code: _title(path) for column, path in columns if column.code}
        for line in block.every_line():
            # A heading such as 三、本年度办理结果 stands over all of its lines and tells none apart.
            headings = {above.label for above in block.every_line() if above.printed == "heading"}
            path = tuple(label for label in line.path if label not in headings)
            if line.code:
                labels[line.code] = _title(path)
            for column, column_path in columns:
                labels["/".join(filter(None, table.address(line, column)))] = _title((*path, *column_path))
    return labels


@lru_cache(maxsize=1)
def place_labels() -> dict[str, Label]:
    """`labels_of` over all tables and editions, the newest edition's word first; for those that know no table."""
    labels: dict[str, Label] = {}
    for form in reversed(load_forms().values()):
        for table in form.tables.values():
            labels = {**labels_of(table), **labels}
        for indicator in form.indicators():
            labels.setdefault(indicator.code, Label(indicator.label_zh, indicator.label_en))
    return labels


def _with_paths(columns: Sequence[Column], above: tuple[Label, ...]) -> Iterator[tuple[Column, tuple[Label, ...]]]:
    for column in columns:
        path = (*above, column.label)
        yield column, path
        yield from _with_paths(column.columns, path)


def _title(path: Sequence[Label]) -> Label:
    named = [label for label in path if label.zh]
    return Label(" / ".join(label.zh for label in named), " / ".join(label.en for label in named))
