"""The lake becomes `gongkai.duckdb`: built aside from all commits, swapped in whole.

Whoever has the old file open keeps reading it; whoever opens it later reads the new one.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb
import pyarrow as pa

from extract.essence import essence
from extract.forms import apart_from_spellings, sources
from transform.figures import figures_sql, subtotals_sql
from warehouse.catalogues import catalogues
from warehouse.lake.commits import Commit
from warehouse.lake.compaction import refuse_loss
from warehouse.lake.errors import LossError, StoreError
from warehouse.lake.pieces import copy
from warehouse.lake.store import Lake
from warehouse.query import connect
from warehouse.schema import column_text, lake_tables, table_text
from warehouse.wide import rendered


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The warehouse after a load. `built` is False where it was up to date and its file left alone.

    `commit` is the last one of the lake, "" for none; `reports` and `facts` count current ones.
    """

    path: Path
    built: bool
    commit: str
    reports: int
    facts: int


def build(store: Path, *, accept_loss: bool = False) -> LoadSummary:
    """Bring the warehouse of a store up to its lake; nothing is done if it is built from the same commits already.

    New commits are added to a copy of the last file, which then takes its place; where rules, issues or reference data,
    views, macros or comments changed, all but the rows of reports is made anew in it. A change of the forms or of the
    SQL those rows are made by, a damaged file, or more news than the file holds, build it from all commits instead;
    every way gives the same rows, and every part is held against its hash before it is loaded.

    Raises StoreError if the lake is damaged or the store cannot be written, StoreLockedError if another process writes,
    LossError if documents or more than a small share of the facts would be lost (`accept_loss` is for a person who
    knows).
    """
    lake = Lake(store)
    with lake.lock():
        for left in store.glob(f"{lake.warehouse.name}.*.tmp*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        commits = lake.commits()
        last = commits[-1].name if commits else ""
        if not accept_loss:
            refuse_loss(lake, lake.log())
        standing = _standing(lake, commits)
        if standing and standing.last_commit == last and not standing.is_changed:
            return LoadSummary(lake.warehouse, False, last, standing.reports, standing.facts)
        aside = lake.warehouse.with_name(f"{lake.warehouse.name}.{os.getpid()}.tmp")
        try:
            loaded = standing.commits if standing and _is_little(commits, standing.commits) else 0
            if not (loaded and lake.checked.is_as_built(lake.warehouse, copy(lake.warehouse, aside))):
                loaded = 0
                aside.unlink(missing_ok=True)
                for table in lake_tables():
                    lake.check(table, commits, anew=True)
            with lake.connect(aside) as connection:
                reports, facts = _load(connection, lake, commits, loaded, standing or _NOTHING)
                connection.execute("CHECKPOINT")  # closing does it too, but is silent about a full disk
                held = _held(connection)
            # What another program left unsaved beside the old file must not be replayed into the new one.
            lake.warehouse.with_name(f"{lake.warehouse.name}.wal").unlink(missing_ok=True)
            if not accept_loss:
                _refuse_to_shrink(lake.warehouse, held)
            lake.checked.put(aside, lake.warehouse)
        except (duckdb.Error, OSError, LossError) as error:
            for left in (aside, aside.with_name(f"{aside.name}.wal")):
                with suppress(OSError):
                    left.unlink(missing_ok=True)  # on a full disk half a file is in the way
            if isinstance(error, LossError):
                raise
            raise StoreError(
                lake.warehouse,
                f"cannot be built ({str(error).splitlines()[0]})",
                "readable parts and room for the file",
                "The last one still stands; make room, or restore the lake from a copy.",
            ) from error
    return LoadSummary(lake.warehouse, True, last, reports, facts)


def build_as_of(store: Path, moment: datetime, file: Path) -> None:
    """Write the warehouse as it would have been built at a moment (UTC) into a file of its own; the store's stays.

    Raises StoreError if nothing was stored by then, or what was is damaged.
    """
    lake = Lake(store)
    commits = lake.commits()
    times = _commits(commits)["committed_at"].to_pylist()
    held = max((number for number, time in enumerate(times, 1) if time and time <= moment), default=0)
    if not held:
        first = f"the first is of {times[0]}" if commits else "there is none"
        raise StoreError(
            f"{store} at {moment}", f"no commit ({first})", "a moment at or after one", "Name a later one."
        )
    for table in lake_tables():
        lake.check(table, commits[:held])
    with lake.connect(file) as connection:
        _load(connection, lake, commits[:held], 0)
        connection.execute("CHECKPOINT")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the warehouse file holds: the first `commits` commits of the lake, their rows made as they are now; beside
    rules, issues and reference data of another version, if these are to be restated, and under views, macros and
    comments of another version, if it is to be redescribed.
    """

    commits: int
    last_commit: str
    reports: int
    facts: int
    is_restated: bool
    is_redescribed: bool

    @property
    def is_changed(self) -> bool:
        """Whether something is to be made anew in it."""
        return self.is_restated or self.is_redescribed


_NOTHING = _Standing(0, "", 0, 0, False, False)


# What a run may take back without a word: a share of the facts, or those of a handful of reports.
_SHARE, _HANDFUL = 0.01, 1_000


def _refuse_to_shrink(standing: Path, now: tuple[int, int]) -> None:
    """Raise LossError if what was built lacks documents, or many facts, the file that stands has, if that can say."""
    try:
        with connect(standing) as connection:
            before = _held(connection)
    except duckdb.Error:
        return
    documents, facts = (old - new for old, new in zip(before, now, strict=True))
    if documents > 0 or facts > max(_HANDFUL, _SHARE * before[1]):
        found = f"{now[0]} documents and {now[1]} facts would take the place of {before[0]} and {before[1]}"
        next_step = "Yesterday's file still stands. See gongkai verify; if it is meant, run again with --accept-loss."
        raise LossError(standing, found, f"no document less and at most {_SHARE:.0%} of the facts", next_step)


def _held(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many documents and facts a warehouse holds."""
    count = "SELECT count(DISTINCT (document_sha256, source_name)), (SELECT facts FROM meta) FROM lake.document"
    documents, facts = connection.execute(count).fetchall()[0]
    return documents, facts


def _standing(lake: Lake, commits: Sequence[Commit]) -> _Standing | None:
    """The file as it stands; None if it was built otherwise, is damaged, locked or not there."""
    try:
        lake.sound_warehouse()
    except StoreError:
        return None
    meta = lake.meta()
    if not meta.keys() >= {"last_commit", "built_from", "reports", "facts"}:
        return None
    last, built_from = meta["last_commit"], meta["built_from"]
    names = [commit.name for commit in commits]
    loaded = names.index(last) + 1 if last in names else 0
    made, _, others = built_from.partition(" ")
    if made != _digest(names[:loaded]):
        return None
    stated, _, described = others.partition(" ")
    return _Standing(loaded, last, meta["reports"], meta["facts"], stated != _stated(), described != _described())


def _is_little(commits: Sequence[Commit], loaded: int) -> bool:
    """Whether what came after the first `loaded` commits is little beside them."""
    rows = [sum(part.rows for part in commit.parts.values()) for commit in commits]
    return sum(rows[loaded:]) * 4 < sum(rows[:loaded])


def prepare() -> None:
    """Take in what our own files say, by which a load tells whether a warehouse stands; kept for the process."""
    _digest(())
    _stated()
    _described()


def _digest(commits: Sequence[str]) -> str:
    """What the rows of reports in a warehouse are made from: the commits, and everything that says how."""
    here = files("warehouse")
    rooms: list[tuple[Traversable, tuple[str, ...]]]
    rooms = [(here / "sql" / stage, (".sql",)) for stage in ("shared", *_STAGES) if stage not in _DESCRIBING]
    rooms += [(here, _MAKING), (files("transform"), ("figures.py",)), (files("extract.forms"), (".py",))]
    columns = [
        [table.name, *((column.name, column.type) for column in table.columns)] for table in lake_tables().values()
    ]
    told = json.dumps([*commits, _forms(), columns], ensure_ascii=False)
    return _of_files(hashlib.sha256(told.encode()), rooms)


@cache
def _forms() -> str:
    """What the forms say, but for how else a label may be spelt, which no table holds."""
    forms = {edition: apart_from_spellings(form)[0] for edition, form in sorted(sources().items())}
    return json.dumps(forms, ensure_ascii=False, default=str)


def _stated() -> str:
    """What rules, issues and reference data state; it becomes rows of small tables, which others draw on."""
    rooms = (
        (files("transform.reference"), (".py", ".yaml", ".csv", ".gz")),
        (files("extract"), (".yaml",)),
        (files("expectations"), (".yaml",)),
    )
    return _of_files(hashlib.sha256(), rooms)


def _described() -> str:
    """What views, macros and comments say, and the small tables that are made anew with every load."""
    here = files("warehouse")
    return _of_files(hashlib.sha256(), [(here / "sql" / stage, (".sql",)) for stage in _DESCRIBING] + [(here, _WORDS)])


# Of our own room what makes rows, and what has the words for them; all else asks them.
_MAKING = ("load.py", "wide.py", "catalogues.py", "schema.py", "series.yaml")
_WORDS = ("schema.yaml", "notes.yaml")


def _of_files(digest: "hashlib._Hash", sources: Iterable[tuple[Traversable, tuple[str, ...]]]) -> str:
    """The digest with what the files of folders say whose names end so."""
    for folder, endings in sources:
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(endings):
                digest.update(file.name.encode() + essence(file.name, file.read_bytes()))
    return digest.hexdigest()


# The folders of SQL, and what each file of them makes, in which schema. `documents` are told anew of the documents that
# new commits are about, `parts` grow block by block, `doubts` are told anew of the reports that blocks are about; what
# holds nothing of the lake stands as long as its definition does; all else is made anew.
_STAGES = {
    "reference": ("TABLE", "main"),
    "lake": ("TABLE", "lake"),
    "documents": ("TABLE", "lake"),
    "parts": ("TABLE", "lake"),
    "doubts": ("TABLE", "lake"),
    "marks": ("TABLE", "lake"),
    "tables": ("TABLE", "main"),
    "views": ("VIEW", "main"),
    "macros": ("MACRO", "main"),
}
_STANDING = ("reference", "views", "macros")
_DESCRIBING = ("marks", "tables", "views", "macros")  # no row of a report is made of them
# What later files of a stage build on; all others follow in order of name.
_FIRST = """
commit document reading cell doubt raised counted dim_indicator_edition report fact request_summary
review_summary coverage agency_year quality_issue suggestion check_cell worklist series request_rates report_at fact_at
fact_as_of
""".split()

# Reports a block of cells holds at least, if there are as many: so many that the rows of one indicator fill pages of
# their own, and so few that a report is found in a small part of the table.
_BLOCK = 16_384


def _load(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    commits: Sequence[Commit],
    loaded: int,
    standing: _Standing = _NOTHING,
) -> tuple[int, int]:
    """Make or update all tables and views after the first `loaded` commits; returns current reports and facts.

    A file that has its tables keeps what holds nothing of the lake, of however few commits it was built, unless what is
    `standing` is to be restated or redescribed.
    """
    made = _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'") > 0
    connection.execute("CREATE SCHEMA IF NOT EXISTS lake")
    for name, rows in (
        ("committed_run", lake.runs(commits)),
        ("committed_commit", _commits(commits)),
        *catalogues().items(),
    ):
        connection.register(name, rows)
    _show(connection, lake, commits)
    if standing.is_redescribed:
        _drop_undefined(connection)
    anew = [stage for stage in _STAGES if standing.is_changed or not (made and stage in _STANDING)]
    documents = anew.index("documents")
    news = {table for commit in commits[loaded:] for table in commit.parts} | {"run", "commit"}
    _make(connection, anew[:documents], news if loaded else None)
    _tell_documents(connection, loaded, created=made)
    connection.execute("CREATE OR REPLACE TEMP TABLE touched (report_no INTEGER)")
    for first, end in _blocks(connection, commits, loaded):
        _show(connection, lake, commits[first:end])
        _add_block(connection, first, created=bool(made or first))
    if standing.is_restated:
        connection.execute("INSERT INTO touched SELECT report_no FROM lake.reading")
    _tell_doubts(connection, created=made)
    _make(connection, anew[documents + 3 :])
    names = [commit.name for commit in commits]
    counts = _count(connection)
    connection.execute(
        "CREATE OR REPLACE TABLE meta AS "
        "SELECT $1 AS last_commit, $2 AS built_from, $3::BIGINT AS reports, $4::BIGINT AS facts",
        (names[-1] if names else "", f"{_digest(names)} {_stated()} {_described()}", *counts),
    )
    _comment(connection, anew=standing.is_redescribed)
    return counts


def _make(connection: duckdb.DuckDBPyConnection, stages: Sequence[str], news: Set[str] | None = None) -> None:
    """Make what the files of some stages define; of the stage `lake` only the tables of which there is `news`."""
    for stage in stages:
        for name, sql in sql_files(stage):
            if stage == "lake" and news is not None and name not in news:
                continue
            kind, schema = _made(stage, name)
            head = name if kind == "MACRO" else f"{schema}.{name} AS "
            connection.execute(f"CREATE OR REPLACE {kind} {head}{sql}")


def _made(stage: str, name: str) -> tuple[str, str]:
    """What a file of a stage makes, in which schema."""
    return ("VIEW", "lake") if (stage, name) == ("marks", "report") else _STAGES[stage]


def _drop_undefined(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what no file makes any more, or makes as something else."""
    made = {("TABLE", "main", "meta")}
    made |= {(*_made(stage, name), name) for stage in _STAGES for name, _ in sql_files(stage)}
    for kind, schema, name in connection.execute(_OBJECTS).fetchall():
        if (kind.split()[0], schema, name) not in made:
            connection.execute(f"DROP {kind} {schema}.{name}")


def sql_files(stage: str) -> list[tuple[str, str]]:
    """Name and SQL of every file of a stage, in the order they can be run."""
    folder = files("warehouse") / "sql" / stage
    sql = {file.name[:-4]: rendered(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql")}
    order = sorted(sql, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [(name, sql[name]) for name in order]


def _show(connection: duckdb.DuckDBPyConnection, lake: Lake, commits: Sequence[Commit]) -> None:
    """Let `committed_<table>` stand for the rows of some commits."""
    for name in lake_tables():
        if name != "run":
            connection.execute(f"CREATE OR REPLACE TEMP VIEW committed_{name} AS {lake.scan(name, commits)}")


def _tell_documents(connection: duckdb.DuckDBPyConnection, loaded: int, *, created: bool) -> None:
    """What is known of the documents that commits after the first `loaded` are about, and of those whose reports are
    versions of theirs, in the place of what was; of all documents where there are no tables yet. `concerned_<table>`
    shows what all commits say of them.
    """
    if created:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE concerned AS {_CONCERNED}", [loaded])
        if not _one(connection, "SELECT count(*) FROM concerned"):
            return
        reports = "SELECT DISTINCT report_id FROM committed_report SEMI JOIN concerned USING (document_sha256)"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE concerned_id AS {reports}")
    for table, about in _ABOUT.items():
        chosen = f" WHERE {about}" if created else ""
        connection.execute(f"CREATE OR REPLACE TEMP VIEW concerned_{table} AS FROM committed_{table}{chosen}")
    for name, sql in sql_files("documents"):
        if created:
            connection.execute(f"DELETE FROM lake.{name} WHERE {_ABOUT.get(name, _OF_DOCUMENT)}")
        connection.execute(f"INSERT INTO lake.{name} {sql}" if created else f"CREATE TABLE lake.{name} AS {sql}")


# Documents with news after the commit $1, and all others whose reports are of the same agency, year and scope.
_CONCERNED = """
    WITH fresh AS (
        SELECT document_sha256 FROM committed_document WHERE commit_seq > $1
        UNION SELECT document_sha256 FROM committed_report WHERE commit_seq > $1
        UNION SELECT document_sha256 FROM committed_quality_issue WHERE commit_seq > $1
    ),
    named AS (
        SELECT DISTINCT agency_id, report_year, scope FROM committed_report SEMI JOIN fresh USING (document_sha256)
    )
    FROM fresh
    UNION
    SELECT document_sha256 FROM committed_report SEMI JOIN named USING (agency_id, report_year, scope)
"""
# What says that a row is about one of them.
_OF_DOCUMENT, _OF_REPORT = "document_sha256 IN (FROM concerned)", "report_id IN (FROM concerned_id)"
_ABOUT = {
    "document": _OF_DOCUMENT,
    "report": _OF_DOCUMENT,
    "quality_issue": _OF_DOCUMENT,
    "sketch": _OF_REPORT,
    "statement": _OF_REPORT,
}


def _blocks(connection: duckdb.DuckDBPyConnection, commits: Sequence[Commit], loaded: int) -> Iterator[tuple[int, int]]:
    """Ranges of commits to load together: enough for a block, no document read twice in one.

    A lake without a commit is one empty range, which makes the tables.
    """
    reread = dict(
        connection.execute(
            """
            SELECT commit_seq, max(before) FROM (
                SELECT commit_seq, lag(commit_seq) OVER (PARTITION BY document_sha256 ORDER BY commit_seq) AS before
                FROM (SELECT DISTINCT document_sha256, commit_seq FROM committed_document WHERE outcome <> 'duplicate')
            ) WHERE before IS NOT NULL GROUP BY commit_seq
            """
        ).fetchall()
    )
    first, reports = loaded, 0
    for number in range(loaded, len(commits)):
        parts = commits[number].parts
        alone = "document" not in parts and ("cell" in parts or "quality_check" in parts)
        if number > first and (alone or reports >= _BLOCK or reread.get(number + 1, 0) > first):
            yield first, number
            first, reports = number, 0
        reports += parts["report"].rows if "report" in parts else 0
    yield first, len(commits)


def _add_block(connection: duckdb.DuckDBPyConnection, first: int, *, created: bool) -> None:
    """Add the rows `committed_<table>` shows to the tables of the stage `parts`; what they supersede goes.

    `first` is how many commits came before the block.
    """
    parts = dict(sql_files("parts"))
    before = parts.pop("cell_before")
    for name, sql in _BLOCK_TABLES.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", [first] if "$1" in sql else [])
        if name == "block_report":
            connection.execute("INSERT INTO touched SELECT report_no FROM block_report")
            connection.execute(f"CREATE OR REPLACE TEMP TABLE new_cell AS {parts.pop('cell')}")
    if not created:
        connection.execute("CREATE TABLE lake.cell AS FROM new_cell WITH NO DATA")
        connection.execute(f"CREATE TABLE lake.cell_before AS {before} WITH NO DATA")
    if _one(connection, "SELECT count(*) FROM known_report"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE old_cell AS {before}")
        connection.execute("INSERT INTO lake.cell_before FROM old_cell")
        # Reports that say the same as before are left alone.
        same = "report_no IN (FROM known_report SELECT report_no) AND report_no NOT IN (FROM old_cell SELECT report_no)"
        connection.execute(f"DELETE FROM new_cell WHERE {same}")
        for table in ("cell", *(name for name in parts if name != "quality_check")):
            connection.execute(f"DELETE FROM lake.{table} WHERE report_no IN (FROM old_cell SELECT report_no)")
    if created and _one(connection, f"SELECT count(*) FROM block_report WHERE first_seq <= {first}"):
        connection.execute(_SUPERSEDE_CHECKS)
    connection.execute("INSERT INTO lake.cell FROM new_cell")
    # What is printed is looked up where it is; subtotals, which four tables draw on, are computed once.
    of = "report_no, edition"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_subtotal AS {subtotals_sql('new_cell', of)}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW new_figure AS {figures_sql('new_cell', of, 'FROM new_subtotal')}")
    for name, sql in parts.items():
        connection.execute(f"INSERT INTO lake.{name} {sql}" if created else f"CREATE TABLE lake.{name} AS {sql}")


def _tell_doubts(connection: duckdb.DuckDBPyConnection, *, created: bool) -> None:
    """What is in doubt of the reports in `touched`, in the place of what was: a block of them (`doubted`) at once, for
    what puts codes together cannot go to the disk.
    """
    reports, doubts = _one(connection, "SELECT count(DISTINCT report_no) FROM touched"), sql_files("doubts")
    for start in range(0, max(reports, 1), _BLOCK):
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE doubted AS
            SELECT DISTINCT report_no FROM touched ORDER BY report_no LIMIT $1 OFFSET $2
            """,
            [_BLOCK, start],
        )
        for name, sql in doubts:
            if created:
                connection.execute(f"DELETE FROM lake.{name} WHERE report_no IN (FROM doubted)")
            connection.execute(f"INSERT INTO lake.{name} {sql}" if created else f"CREATE TABLE lake.{name} AS {sql}")
        created = True


# What the files of the stage `parts` draw on beside the rows committed: the reports a block is about, with the commit
# that last read their document (null if that is no report any more), and those of them that came before it, with the
# commit of the block that says something new. $1 is the number of the last commit before the block.
_BLOCK_TABLES = {
    "block_report": """
        SELECT reading.report_id, reading.report_no, any_value(reading.document_sha256) AS document_sha256,
            any_value(document.commit_seq) AS read_seq, min(reading.commit_seq) AS first_seq
        FROM lake.reading
        LEFT JOIN lake.document
            ON document.document_sha256 = reading.document_sha256
            AND document.report_id = reading.report_id
            AND document.outcome = 'report'
        WHERE reading.report_id IN (SELECT report_id FROM committed_cell)
            OR reading.report_id IN (SELECT report_id FROM committed_quality_check)
            OR reading.document_sha256 IN (SELECT document_sha256 FROM committed_document WHERE outcome <> 'duplicate')
        GROUP BY ALL
        """,
    "known_report": """
        SELECT report_no, max(news.commit_seq) AS until_seq
        FROM block_report JOIN (
            SELECT document_sha256, commit_seq FROM committed_document WHERE outcome <> 'duplicate'
            UNION ALL
            SELECT document_sha256, cell.commit_seq
            FROM (SELECT DISTINCT report_id, commit_seq FROM committed_cell) AS cell JOIN block_report USING (report_id)
        ) AS news USING (document_sha256)
        WHERE first_seq <= $1
        GROUP BY ALL
        """,
}

_SUPERSEDE_CHECKS = """
UPDATE lake.quality_check AS standing SET is_current = FALSE
FROM block_report
WHERE standing.report_no = block_report.report_no AND standing.is_current AND (
    block_report.read_seq IS NULL OR standing.commit_seq < block_report.read_seq
    OR (standing.report_id, standing.check_code) IN (SELECT (report_id, check_code) FROM committed_quality_check)
)
"""


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    value: int = connection.execute(sql).fetchall()[0][0]
    return value


def _count(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many current reports and facts there are. Few reports are not current, so that theirs are soon told."""
    facts = "SELECT count(*) FROM lake.cell {} WHERE kind <> 'missing'"
    current = "SELECT report_no FROM lake.report WHERE is_current"
    others = f"SEMI JOIN (SELECT report_no FROM lake.reading EXCEPT {current}) USING (report_no)"
    return (
        _one(connection, "SELECT count(*) FROM report WHERE is_current"),
        _one(connection, facts.format("")) - _one(connection, facts.format(others)),
    )


def _commits(commits: Sequence[Commit]) -> pa.Table:
    """Number, run and time of every commit."""
    schema = pa.schema([("commit_seq", pa.int32()), ("run_id", pa.string()), ("committed_at", pa.timestamp("us"))])
    times = [commit.run["finished_at"] for commit in commits]
    rows = [
        {
            "commit_seq": number,
            "run_id": commit.run["run_id"],
            "committed_at": datetime.fromisoformat(time) if time else None,
        }
        for number, (commit, time) in enumerate(zip(commits, times, strict=True), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


# Every table, view and macro of a warehouse: its kind, schema and name.
_OBJECTS = """
    SELECT kind, schema_name, name FROM (
        SELECT 'TABLE' AS kind, schema_name, table_name AS name, comment FROM duckdb_tables() WHERE NOT temporary
        UNION ALL
        SELECT 'VIEW', schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal AND NOT temporary
        UNION ALL
        SELECT DISTINCT 'MACRO TABLE', schema_name, function_name, comment FROM duckdb_functions()
        WHERE NOT internal AND function_type = 'table_macro'
    )
"""


def _comment(connection: duckdb.DuckDBPyConnection, *, anew: bool) -> None:
    """COMMENT ON every table, view, macro and column, or on those that have none; KeyError where `schema.yaml` has no
    words for one.

    All in one transaction, or each waits for the disk.
    """
    without = "TRUE" if anew else "comment IS NULL"
    objects = connection.execute(f"{_OBJECTS} WHERE {without}").fetchall()
    columns = connection.execute(
        f"""
        SELECT schema_name, table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND database_name = current_database() AND {without}
        """
    ).fetchall()
    texts = [(f"{kind} {schema}.{name}", table_text(schema, name)) for kind, schema, name in objects]
    texts += [
        (f"COLUMN {schema}.{name}.{column}", column_text(schema, name, column)) for schema, name, column in columns
    ]
    statements = [f"COMMENT ON {what} IS {_quoted(text.comment)}" for what, text in texts]
    connection.execute(";\n".join(["BEGIN", *statements, "COMMIT"]))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
