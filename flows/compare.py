"""Reports held against one another: which comparisons a run has to make, and on what."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from expectations.bounds import Bound
from expectations.comparisons import LOG1P, RELATIONS, compare, compare_partitions, peer_codes
from expectations.direct import hold
from expectations.docs import DataDocs
from expectations.judge import Judgement, MalformedError, internal, judge_comparisons
from extract.read import Reading
from transform.columns import cell_table
from transform.interpret import Report
from warehouse.lake.store import Lake
from warehouse.query import query
from warehouse.rows import check_table, issue_row, report_row, sketch_rows, statement_rows
from warehouse.schema import arrow_schema

# Reports compared at once: enough to make Great Expectations' fixed cost small, few enough for a frame of their checks.
SLICE = 7_000

# A peer group smaller than this has no common change.
_PEERS = 5


def compare_alone(files: Iterable[tuple[Reading, Report]]) -> Judgement:
    """The comparisons a few reports allow without a store: within each, and between those of one agency."""
    files = list(files)
    rows: dict[str, list[dict[str, Any]]] = {
        "report": [report_row(reading, report) for reading, report in files],
        "statement": [row for _, report in files for row in statement_rows(report)],
        "sketch": [row for _, report in files for row in sketch_rows(report)],
        "quality_issue": [issue_row(i) | {"report_id": report.report_id} for _, report in files for i in report.issues],
    }
    with duckdb.connect(config={"threads": 1}) as connection:  # more wait for one another longer than they work
        for name, found in rows.items():
            relation = "issue" if name == "quality_issue" else name
            connection.register(relation, pa.Table.from_pylist(found, schema=arrow_schema(name)))
        connection.register("fact", cell_table(report for _, report in files))
        connection.execute("CREATE VIEW wanted AS SELECT report_id FROM report")
        connection.execute(
            """
            CREATE TABLE peer (
                agency_level INTEGER, agency_type TEXT, report_year INTEGER, indicator_code TEXT, change DOUBLE
            )
            """
        )
        return judge_comparisons(compare(connection), hold)


def is_compared(lake: Lake) -> bool:
    """Whether every commit that brought reports was followed by one that compared them."""
    return not any("report" in commit.parts for commit in lake.commits()[_compared(lake) :])


def _compared(lake: Lake) -> int:
    """The number of the last commit that compared, 0 for none."""
    return max((n for n, commit in enumerate(lake.commits(), 1) if commit.run.get("compared") is not None), default=0)


def compare_new(lake: Lake, run_id: str, docs: DataDocs) -> Iterator[tuple[pa.Table, dict[str, str]]]:
    """`quality_check` rows of the comparisons that became possible since reports were compared last, slice by slice.

    With each slice, by report_id, the promise of ours that the comparisons of a report break: they are left out.

    They concern the reports read since, those of the same agencies for the year after, and those of the agencies above.
    Reads the warehouse, which must have been built from all commits.
    """
    with lake.connect_to_warehouse() as connection:
        connection.execute(_CONCERNED.format(new=_new(lake)))
        connection.execute(LOG1P)
        connection.execute(_PEER.format(codes=", ".join(f"'{code}'" for code in peer_codes())))
        with closing(_ahead(_slices(connection))) as slices:  # before the connection it works on
            for checks in slices:
                judgement, breaches = judge_sound(checks)
                docs.add(judgement)
                yield check_table(judgement.checks, run_id), breaches


def _slices(connection: duckdb.DuckDBPyConnection) -> Iterator[pd.DataFrame]:
    """The comparisons of the reports in `concerned`, not judged."""
    count = connection.execute("SELECT count(*) FROM concerned").fetchall()[0][0]
    for start in range(0, count, SLICE):
        connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE wanted AS
            FROM concerned ORDER BY agency_id, report_id LIMIT $1 OFFSET $2
            """,
            [SLICE, start],
        )
        for relation, sql in _GIVEN.items():
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {sql}")
        yield compare(connection)


def _ahead(frames: Iterator[pd.DataFrame]) -> Generator[pd.DataFrame, None, None]:
    """The same frames; DuckDB makes the next one while Great Expectations judges this one."""
    with ThreadPoolExecutor(1, "comparing") as thread:
        following = thread.submit(next, frames, None)
        while (frame := following.result()) is not None:
            following = thread.submit(next, frames, None)
            yield frame


def judge_sound(checks: pd.DataFrame) -> tuple[Judgement, dict[str, str]]:
    """Judge the comparisons of the reports that keep what our code promises; the others with the promise they break."""
    breaches: dict[str, str] = {}
    while True:
        try:
            return judge_comparisons(checks), breaches
        except MalformedError as error:
            if not error.reports:
                raise
            breaches |= dict.fromkeys(error.reports, internal(error))
            checks = checks[~checks["report_id"].isin(list(error.reports))].reset_index(drop=True)


def partition_counts(lake: Lake) -> list[tuple[int, int, int, int]]:
    """(report_year, agency_level, reports, passed) of the current reports in the warehouse."""
    sql = """
        SELECT report.report_year, agency.agency_level, count(*), count(*) FILTER (verdict = 'pass')
        FROM report JOIN dim_agency AS agency USING (agency_id)
        WHERE is_current GROUP BY ALL ORDER BY ALL
    """
    return [tuple(row.values()) for row in query(lake.store, sql).to_pylist()]


def compare_counts(lake: Lake, bounds: list[Bound], run_id: str, docs: DataDocs) -> pa.Table:
    """`quality_check` rows for the store as a whole: each bound against what is there, a vanished partition as 0."""
    found = {(year, level): counts for year, level, *counts in partition_counts(lake)}
    rows = []
    for bound in bounds:
        reports, passed = found.get((bound.year, bound.level), (0, 0))
        rows.append(
            {
                "report_year": bound.year, "agency_level": bound.level, "reports": reports, "passed": passed,
                "least": bound.least, "most": bound.most, "share": bound.share,
            }
        )  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("partition", pa.Table.from_pylist(rows))
        judgement = judge_comparisons(compare_partitions(connection))
    docs.add(judgement)
    return check_table(judgement.checks, run_id)


def _new(lake: Lake) -> str:
    """SQL for the reports read since the last commit that compared."""
    return f"SELECT report_id FROM ({lake.scan('report')}) WHERE commit_seq > {_compared(lake)}"  # noqa: S608


_CURRENT = """
    FROM warehouse.report AS report
    JOIN warehouse.dim_agency AS agency USING (agency_id)
    WHERE report.is_current
"""

_CONCERNED = f"""
    CREATE TEMP TABLE concerned AS
    WITH new AS ({{new}}),
    current AS (SELECT report.report_id, agency_id, report_year, report.scope, agency.parent_id {_CURRENT}),
    changed AS (SELECT current.* FROM current SEMI JOIN new USING (report_id))
    SELECT report_id, agency_id FROM changed
    UNION
    SELECT current.report_id, current.agency_id FROM current
    JOIN changed ON changed.agency_id = current.agency_id AND changed.scope = current.scope
        AND changed.report_year = current.report_year - 1
    UNION
    SELECT current.report_id, current.agency_id FROM current
    JOIN changed ON changed.parent_id = current.agency_id AND changed.report_year = current.report_year
"""  # noqa: S608 - constants of this module

# The wanted reports, and what they are compared with: all years of their agencies, and the agencies below.
_AROUND = f"""
    SELECT report.*, agency.agency_level, agency.agency_type, agency.parent_id
    {_CURRENT} AND (
        report.agency_id IN (SELECT agency_id FROM wanted) OR agency.parent_id IN (SELECT agency_id FROM wanted)
    )
"""  # noqa: S608 - constants of this module

_GIVEN = {
    "report": _AROUND,
    # Not by the view: that holds all cells against all that is in doubt.
    "fact": f"""
        SELECT {RELATIONS["fact"]} FROM warehouse.lake.cell
        JOIN (SELECT report_no, report_id FROM warehouse.lake.report SEMI JOIN report USING (report_id))
            USING (report_no)
    """,  # noqa: S608 - a constant of expectations.comparisons
    "statement": "SELECT * FROM warehouse.statement SEMI JOIN report USING (report_id)",
    "sketch": "SELECT * FROM warehouse.sketch SEMI JOIN report USING (report_id)",
    "issue": "SELECT report_id, code FROM warehouse.quality_issue SEMI JOIN report USING (report_id)",
}

_PEER = f"""
    CREATE TEMP TABLE peer AS
    WITH one AS (
        SELECT agency_id, agency.agency_level, agency.agency_type, report_year, report.scope, indicator_code, value
        FROM warehouse.lake.cell
        JOIN warehouse.lake.report AS report USING (report_no)
        JOIN warehouse.dim_agency AS agency USING (agency_id)
        WHERE report.is_current AND cell.kind <> 'missing' AND value IS NOT NULL
            AND applicant_code IN ('', 'total') AND indicator_code IN ({{codes}})
    )
    SELECT now.agency_level, now.agency_type, now.report_year, now.indicator_code,
        median(log1p(now.value) - log1p(prev.value)) AS change
    FROM one AS now
    JOIN one AS prev
        ON prev.agency_id = now.agency_id AND prev.scope = now.scope AND prev.report_year = now.report_year - 1
        AND prev.indicator_code = now.indicator_code
    GROUP BY ALL
    HAVING count(*) >= {_PEERS}
"""  # noqa: S608 - constants of this module
