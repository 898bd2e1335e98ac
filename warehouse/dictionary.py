"""The data dictionary: every view, column, indicator and series, rendered from the SQL, the texts and the forms."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path

import duckdb

from extract.forms import load_forms
from warehouse.load import build, sql_files
from warehouse.query import connect, query
from warehouse.schema import table_text, value_texts

# The report the examples ask for where no store is at hand: one of data/samples.
_SAMPLE: Mapping[str, object] = {
    "agency_id": "320813000000", "report_year": 2023, "report_id": "3d0a14e53ceda6d7", "province": "江苏省",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing and what it means.

    `kind` is view, column, function, indicator, applicant, series, value, issue or rule; `of` the view of a column, the
    section of an indicator, the column of a value, the severity of an issue or a rule.
    `type` is a DuckDB type, or count, delta, amount. `note` holds what a user must know, of a view the question it
    answers and what a row is; `example` is a question to it. What does not apply is "".
    """

    kind: str
    name: str
    of: str
    zh: str
    en: str
    type: str = ""
    unit: str = ""
    edition: str = ""
    article: str = ""
    note_zh: str = ""
    note_en: str = ""
    example: str = ""


NAMES = tuple(field.name for field in fields(Entry))


def dictionary(store: Path | None = None) -> list[Entry]:
    """All entries: views with their columns in the order of the columns, then codes by what they are codes of.

    They are read from an empty warehouse, so that nothing is told that is not there; the examples ask for what is in a
    store, if one is given. Raises StoreError if it has no warehouse.
    """
    here = _at_hand(store)
    with tempfile.TemporaryDirectory() as folder, connect(build(Path(folder)).path) as connection:
        codes = (_indicators, _applicants, _series, _issues, _rules)
        return [
            *_views(connection, here),
            *_functions(here),
            *(entry for of in codes for entry in of(connection)),
            *_values(),
        ]


def search(entries: Iterable[Entry], text: str) -> list[Entry]:
    """The entries that have a text in their name, their words or what is to be known about them, in either language.

    Whatever the case of letters; of a view that bears the name, its columns too.
    """
    wanted = text.casefold()
    entries = list(entries)
    views = {entry.name for entry in entries if entry.kind == "view" and wanted in entry.name}
    return [
        entry
        for entry in entries
        if (entry.kind == "column" and entry.of in views)
        or any(wanted in words.casefold() for words in (entry.name, entry.zh, entry.en, entry.note_zh, entry.note_en))
    ]


def _views(connection: duckdb.DuckDBPyConnection, here: Mapping[str, object]) -> list[Entry]:
    objects = connection.execute(
        """
        SELECT view_name AS name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'
        UNION ALL SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'main'
        ORDER BY name
        """
    ).fetchall()
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE NOT internal AND schema_name = 'main' ORDER BY table_name, column_index"
    ).fetchall()
    entries = []
    for name, comment in objects:
        zh, _, en = comment.partition(" · ")
        entries.append(_described("view", name, zh, en, here))
        for of, column, kind, text in columns:
            if of == name:
                zh, _, en = text.partition(" · ")
                entries.append(Entry("column", column, name, zh, en, kind))
    return entries


def _functions(here: Mapping[str, object]) -> list[Entry]:
    texts = {name: table_text("main", name) for name, _ in sql_files("macros")}
    return [_described("function", name, text.zh, text.en, here) for name, text in texts.items()]


def _described(kind: str, name: str, zh: str, en: str, here: Mapping[str, object]) -> Entry:
    """A view or table function with what the head of its SQL says of it; the example asks of the store at hand."""
    head = heading(name)
    if not head:
        return Entry(kind, name, "", zh, en)
    note_zh, note_en = f"{head['问题']}{head['每行']}", f"{head['Question']} Grain: {head['Grain']}"
    return Entry(kind, name, "", zh, en, note_zh=note_zh, note_en=note_en, example=head["Example"].format_map(here))


_LABEL = re.compile(r"-- (\w+): +(.*)")


def heading(name: str) -> dict[str, str]:
    """What the head of the SQL of a view, table or macro says, by label; {} without a file."""
    for stage in ("views", "tables", "reference", "macros"):
        file = files("warehouse") / "sql" / stage / f"{name}.sql"
        if file.is_file():
            break
    else:
        return {}
    told: dict[str, str] = {}
    label = ""
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("--"):
            break
        if found := _LABEL.fullmatch(line):
            label, text = found.groups()
            told[label] = text
        else:
            more = line.removeprefix("--").strip()
            told[label] += (
                more if not label.isascii() and not (more[0].isascii() and told[label][-1].isascii()) else f" {more}"
            )
    return told


def _at_hand(store: Path | None) -> Mapping[str, object]:
    """Agency, year and place of a report for the examples: one of the store's, else one of the samples."""
    if store is None:
        return _SAMPLE
    sql = f"""
        SELECT {", ".join(_SAMPLE)} FROM report WHERE is_current AND report_year IS NOT NULL AND agency_id IS NOT NULL
        ORDER BY agency_type = 'gov' DESC, agency_level = 3 DESC, report_year DESC, report_id LIMIT 1
    """  # noqa: S608 - names of this module
    asked = query(store, sql).to_pylist()
    return asked[0] if asked else _SAMPLE


def _indicators(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    sections = {key: table.section for form in load_forms().values() for key, table in form.tables.items()}
    rows = connection.execute(
        "SELECT indicator_code, table_key, label_zh, label_en, type, unit, edition, article, note_zh, note_en, local "
        "FROM dim_indicator_edition ORDER BY table_key, sort_order, edition"
    ).fetchall()
    return [
        Entry("indicator", code, sections.get(table, table), f"{zh}（{local}）" if local else zh, en, *rest)
        for code, table, zh, en, *rest, local in rows
    ]


def _applicants(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    rows = connection.execute(
        "SELECT applicant_code, label_zh, label_en FROM dim_applicant ORDER BY sort_order"
    ).fetchall()
    return [Entry("applicant", code, "三", zh, en) for code, zh, en in rows]


def _series(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    rows = connection.execute(
        "SELECT series_code, indicators, label_zh, label_en, unit, edition, grade, note_zh, note_en FROM dim_series "
        "ORDER BY series_code, edition"
    ).fetchall()
    return [
        Entry("series", code, indicators, zh, en, grade and f"grade {grade}", unit, edition, "", note_zh, note_en)
        for code, indicators, zh, en, unit, edition, grade, note_zh, note_en in rows
    ]


def _issues(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    rows = connection.execute(
        "SELECT code, severity, title_zh, title_en, means_zh, means_en, next_zh, next_en FROM dim_issue "
        "ORDER BY sort_order"
    ).fetchall()
    return [
        Entry("issue", code, severity, zh, en, note_zh=f"{means_zh}。{next_zh}", note_en=f"{means_en}. Next: {next_en}")
        for code, severity, zh, en, means_zh, means_en, next_zh, next_en in rows
    ]


def _rules(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    rows = connection.execute(
        "SELECT check_code, severity, title_zh, title_en, grade, source_zh, source_en, exceptions_zh, exceptions_en "
        "FROM dim_rule ORDER BY sort_order"
    ).fetchall()
    return [
        Entry(
            "rule", code, severity, zh, en, grade, note_zh=f"{source_zh}{may_zh and f'；例外：{may_zh}'}",
            note_en=f"{source_en}{may_en and f'; may rightly fail: {may_en}'}",
        )
        for code, severity, zh, en, grade, source_zh, source_en, may_zh, may_en in rows
    ]  # fmt: skip


def _values() -> list[Entry]:
    return [
        Entry("value", word, column, text.zh, text.en)
        for column, words in value_texts().items()
        for word, text in words.items()
    ]


def markdown(entries: list[Entry]) -> str:
    """The dictionary as a Markdown page: a table a view, then one for each kind of code."""
    lines = ["# 数据字典 · Data dictionary", ""]
    for entry in entries:
        if entry.kind == "view":
            lines += [*_page_of(entry), "| column | type | 说明 | meaning |", "|--|--|--|--|"]
            lines += [
                f"| `{c.name}` | {c.type} | {_cell(c.zh)} | {_cell(c.en)} |"
                for c in entries
                if c.kind == "column" and c.of == entry.name
            ]
        elif entry.kind == "function":
            lines += _page_of(entry)
    for kind, title in (
        ("indicator", "指标 · Indicators"),
        ("applicant", "申请人 · Applicants"),
        ("series", "序列 · Series"),
        ("issue", "问题代码 · Codes of issues"),
        ("rule", "检查规则 · Rules"),
        ("value", "取值 · Words in columns"),
    ):
        lines += [f"\n## {title}", ""]
        lines += [
            "| code | of | 标签 | label | type | unit | edition | article | 须知 | to know |",
            "|--|--|--|--|--|--|--|--|--|--|",
        ]
        for entry in entries:
            if entry.kind == kind:
                kept = [getattr(entry, name) for name in NAMES[2:-1]]
                lines.append(f"| `{entry.name}` | {' | '.join(map(_cell, kept))} |")
    return "\n".join(lines) + "\n"


def _page_of(entry: Entry) -> list[str]:
    notes = [part for note in (entry.note_zh, entry.note_en) if note for part in (note, "")]
    example = ["```sql", entry.example, "```", ""] if entry.example else []
    return [f"\n## `{entry.name}`", "", f"{entry.zh} · {entry.en}", "", *notes, *example]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
