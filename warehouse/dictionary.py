"""The data dictionary: every view, column, indicator and series, rendered from the SQL, the texts and the forms."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path

import duckdb

from extract.forms import load_forms
from warehouse.load import build
from warehouse.query import connect
from warehouse.schema import value_texts


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing and what it means.

    `kind` is view, column, indicator, applicant, series, value, issue or rule; `of` the view of a column, the section
    of an indicator, the column of a value, the severity of an issue or a rule.
    `type` is a DuckDB type, or count, delta, amount. `note` holds what a user must know, of a view its question, grain
    and example. What does not apply is "".
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


NAMES = tuple(field.name for field in fields(Entry))


def dictionary() -> list[Entry]:
    """All entries: views with their columns in the order of the columns, then codes by what they are codes of.

    They are read from an empty warehouse, so that nothing is told that is not there.
    """
    with tempfile.TemporaryDirectory() as folder, connect(build(Path(folder)).path) as connection:
        codes = (_indicators, _applicants, _series, _issues, _rules)
        return [*_views(connection), *(entry for of in codes for entry in of(connection)), *_values()]


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


def _views(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
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
        entries.append(Entry("view", name, "", zh, en, note_en=heading(name)))
        for of, column, kind, text in columns:
            if of == name:
                zh, _, en = text.partition(" · ")
                entries.append(Entry("column", column, name, zh, en, kind))
    return entries


def heading(name: str) -> str:
    """Question, grain and example at the head of the SQL of a view or table; '' if it is not made by a file."""
    for stage in ("views", "tables"):
        file = files("warehouse") / "sql" / stage / f"{name}.sql"
        if file.is_file():
            lines = [line for line in file.read_text("utf-8").splitlines() if line.startswith("--")]
            return " ".join(" ".join(line.removeprefix("--").split()) for line in lines)
    return ""


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
            lines += [f"\n## `{entry.name}`", "", f"{entry.zh} · {entry.en}", "", entry.note_en, ""]
            lines += ["| column | type | 说明 | meaning |", "|--|--|--|--|"]
            lines += [
                f"| `{c.name}` | {c.type} | {_cell(c.zh)} | {_cell(c.en)} |"
                for c in entries
                if c.kind == "column" and c.of == entry.name
            ]
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
                kept = [getattr(entry, name) for name in NAMES[2:]]
                lines.append(f"| `{entry.name}` | {' | '.join(map(_cell, kept))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
