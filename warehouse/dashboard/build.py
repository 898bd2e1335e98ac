"""The data of the site: rows of views as JSON, in shards no page needs many of."""

import base64
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from extract.issues import issue_kinds
from extract.places import place_labels
from transform.words import Chinese
from warehouse.dashboard.ask import write_ask
from warehouse.dashboard.layout import layouts, series_cells
from warehouse.dashboard.ledger import FILE_LISTS, FILES, JUDGED, PROVINCE, READINGS, REPORTS, RUNS, SHARD, prepare
from warehouse.dashboard.pages import texts, write_pages
from warehouse.dashboard.search import readings
from warehouse.dashboard.source import documents, pictures, reader
from warehouse.dashboard.writer import Writer
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.schema import series_texts

# Rows of lists that are to be looked through, not to be had whole: pages say how many there are.
LISTED = 300
LISTED_IN_YEAR = 100
RANKED = 50
LEDGER = 500
# Doubts a page carries: a night's, many times over.
DOUBTS = 50_000
HISTORY = 60
# Reports whose cells are held at once.
_BATCH = 12_000


@dataclass(frozen=True, slots=True)
class Site:
    """A site as built: where it is, how many reports it shows, its files and their bytes."""

    folder: Path
    reports: int
    files: int
    bytes: int


def build(store: Path, to: Path, rules: Mapping[str, tuple[str, str]]) -> Site:
    """Build the site of a store's warehouse in a folder, in place of an older one.

    `rules` are the titles of check codes in Chinese and English. Raises StoreError if there is no warehouse, if the
    folder holds anything but a site, or if it cannot be written.
    """
    warehouse = Lake(store).sound_warehouse()
    if to.exists() and not (to / "data" / "site.js").is_file() and (not to.is_dir() or any(to.iterdir())):
        raise StoreError(to, "something that is no dashboard", "a new or empty folder", "Name another place.")
    aside = to.with_name(f".{to.name}.{os.getpid()}.tmp")
    try:
        _clean(to)
        aside.mkdir(parents=True)
        with duckdb.connect(warehouse, read_only=True) as connection:
            in_chinese = Chinese({code: zh for code, (zh, _) in rules.items()})
            connection.create_function("in_chinese", in_chinese, ["VARCHAR"], "VARCHAR")
            write_pages(aside)
            connection.execute(_PICTURES)
            prepare(connection, Lake(store))
            reports = _write(connection, Writer(aside), rules)
            _write_sources(connection, store, Writer(aside), to)
            _write_pictures(connection, store, Writer(aside), to)
        old = to.with_name(f".{to.name}.{os.getpid()}.old")
        if to.exists():
            to.rename(old)
        aside.rename(to)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, duckdb.Error) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise StoreError(
            to,
            f"cannot be built ({str(error).splitlines()[0]})",
            "a readable warehouse, and a folder this user may fill",
            "Grant the rights or make room; if the warehouse is of an earlier version, run gongkai ingest.",
        ) from error
    found = [file.stat().st_size for file in to.rglob("*") if file.is_file()]
    return Site(to, reports, len(found), sum(found))


def _clean(to: Path) -> None:
    """Remove what builds that were killed left beside the site."""
    for left in to.parent.glob(f".{to.name}.*.*"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and not _runs(int(pid)):
            shutil.rmtree(left)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write(connection: duckdb.DuckDBPyConnection, writer: Writer, rules: Mapping[str, tuple[str, str]]) -> int:
    writer.value("forms", layouts())
    _shards(connection, writer, "agencies", _INDEX)
    writer.value("search", readings(_column(connection, "SELECT agency_name FROM dim_agency")))
    writer.text("catalogue", _object(connection, _CATALOGUE))
    writer.text("runs", _object(connection, _RUN_PAGE))
    _shards(connection, writer, "files", FILE_LISTS)
    writer.text("ended", _object(connection, RUNS))
    writer.text("reports", _object(connection, REPORTS))
    _shards(connection, writer, "reports", READINGS)
    connection.execute(_DOUBTS)
    writer.text("today", _object(connection, _TODAY))
    writer.text("worklist", _object(connection, _WORKLIST))
    writer.text("store", _object(connection, _STORE))
    writer.text("coverage", _table(connection, _COVERAGE.format(condition="prefecture IS NULL")))
    _shards(connection, writer, "coverage", {"regions": _COVERAGE_BELOW})
    _shards(connection, writer, "agency", _AGENCY)
    _shards(connection, writer, "list", _LIST)
    found = _shards(connection, writer, "rule", _RULE)
    _shards(connection, writer, "failing", _FAILING)
    _shards(connection, writer, "judged", JUDGED)
    writer.text("quality", _object(connection, _quality(country=True)))
    provinces = _column(connection, f"SELECT DISTINCT {PROVINCE} FROM report ORDER BY 1")
    _shards(connection, writer, "quality", _quality(country=False), provinces)
    rankings = _shards(connection, writer, "ranking", _RANKING)
    batches = _batches(connection)
    for batch in batches:
        _write_reports(connection, writer, batch)
    write_ask(connection, writer, batches)
    (reports,) = _column(connection, "SELECT count(*) FROM report")
    site = {
        "as_of": _column(connection, "SELECT strftime(max(committed_at), '%Y-%m-%d %H:%M') FROM lake.commit")[0],
        "commit": _column(connection, "SELECT last_commit FROM meta")[0],
        "reports": reports,
        "current": _column(connection, "SELECT reports FROM meta")[0],
        "facts": _column(connection, "SELECT facts FROM meta")[0],
        "years": _column(connection, "SELECT DISTINCT report_year FROM coverage ORDER BY 1"),
        "provinces": [
            list(row)
            for row in connection.execute(
                f"SELECT DISTINCT {PROVINCE}, coalesce(province, '') FROM dim_agency ORDER BY ALL"
            ).fetchall()
        ],
        "applicants": json.loads(
            _table(connection, "SELECT applicant_code, label_zh, label_en FROM dim_applicant ORDER BY sort_order")
        )["rows"],
        "listed": [LISTED, LISTED_IN_YEAR, RANKED],
        "rankings": rankings,
        "rules": rules,
        "found": found,
        "issues": {kind.code: [kind.title.zh, kind.title.en] for kind in issue_kinds().values()},
        "places": {code: [text.zh, text.en] for code, text in place_labels().items() if code and "/" not in code},
        "series": {
            code: [text["zh"], text["en"], text["unit"], series_cells(text)] for code, text in series_texts().items()
        },
        "texts": texts(),
    }
    writer.value("site", site)
    return int(reports)


def _plain(number: str) -> str:
    """SQL for a DECIMAL as text without the zeros behind it."""
    return f"rtrim(rtrim({number}::VARCHAR, '0'), '.')"


def _batches(connection: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """Provinces to be worked on together: few passes over the cells, and no more of them at once than memory holds."""
    batches = [["none"]]
    room = 0
    sql = f"SELECT {PROVINCE}, count(*) FROM report GROUP BY 1 HAVING {PROVINCE} <> 'none' ORDER BY 1"
    for province, reports in connection.execute(sql).fetchall():
        if reports > room:
            batches.append([])
            room = _BATCH
        batches[-1].append(province)
        room -= reports
    return batches


# --- what the pages show, by name: SQL on views, its last column the shard where there are several -----------------

# All versions of reports, so that they add up: those `coverage` counts, other versions and scopes of the same agencies
# and years, those whose agency or year is unknown; null is all of them.
_STORE = {
    "parts": """
        SELECT part, count(*) AS reports, count(*) FILTER (verdict = 'pass') AS passed,
            count(*) FILTER (verdict = 'flagged') AS flagged, count(*) FILTER (verdict = 'quarantined') AS quarantined
        FROM made.read WHERE until IS NULL GROUP BY GROUPING SETS ((part), ()) ORDER BY part NULLS LAST""",
}
# When the last run began that brought anything; one that only applies decisions brings nothing.
_NIGHT = """coalesce(
    (SELECT max(started_at) FROM run WHERE started_at <= (SELECT max(first_seen) FROM document)),
    (SELECT max(started_at) FROM run)
)"""
# The reviewers' list: causes, reports and doubts, each doubt with the places of its cause and report among them.
_DOUBTS = f"""
CREATE OR REPLACE TEMP TABLE doubt AS
WITH sized AS (
    SELECT
        *, state IN ('open', 'reopened') AS is_open, {SHARD} AS shard, count(*) OVER (PARTITION BY kind, what) AS size,
        report_id IN (SELECT report_id FROM report WHERE first_seen >= {_NIGHT}) AS is_new,
        NOT is_open AND decided_on >= {_NIGHT}::DATE AS is_settled
    FROM worklist
),
listed AS (FROM sized ORDER BY is_open DESC, size DESC, kind, what, report_id, place LIMIT {DOUBTS})
SELECT
    *, dense_rank() OVER (ORDER BY kind, what) - 1 AS cause,
    dense_rank() OVER (ORDER BY shard, agency_id NULLS LAST, report_year, report_id) - 1 AS report
FROM listed
"""
_WORKLIST = {
    "causes": "SELECT DISTINCT kind, what, cause FROM doubt ORDER BY cause",
    "reports": """
        SELECT DISTINCT report_id, agency_id, agency_name, report_year, scope, verdict, report
        FROM doubt ORDER BY report""",
    # Of a sum the first of its cells is named, its total; the page has the others with the report.
    "doubts": """
        SELECT
            cause, report, printed,
            CASE WHEN kind IN ('rule', 'undecided') THEN split_part(place, ' ', 1) ELSE place END AS place,
            suggested_value, rules, severity, attribution, state, decision, is_new, is_settled
        FROM doubt ORDER BY cause, report, place, rules""",
    "steps": """
        SELECT code, next_zh, next_en FROM dim_issue WHERE code IN (SELECT what FROM doubt)
        UNION ALL
        SELECT check_code, next_zh, next_en FROM dim_rule WHERE check_code IN (SELECT what FROM doubt)
        ORDER BY code""",
    "count": "SELECT count(*) AS of_all, count(DISTINCT report_id) AS reports FROM worklist",
}
_TODAY = {
    "run": f"""
        SELECT run_id, started_at, finished_at, files_found, files_read, reports, passed, flagged, quarantined,
            not_reports, unreadable, (SELECT max(committed_at) FROM lake.commit) AS as_of
        FROM run WHERE started_at IS NOT DISTINCT FROM {_NIGHT} ORDER BY run_id LIMIT 1""",
    "counts": """
        SELECT
            (SELECT count(*) FROM report) AS arrived,
            (SELECT count(*) FROM made.agency_year WHERE state = 'missing') AS missing,
            (SELECT count(*) FROM report
             WHERE verdict = 'quarantined' OR verdict = 'flagged' AND is_current) AS wrong""",
    "causes": f"""
        SELECT kind, what, zh, en, settles, reports, count(*) OVER () AS of_all
        FROM cause ORDER BY settles DESC, reports DESC, kind, what LIMIT {RANKED}""",
    "progress": """
        SELECT
            count(*) FILTER (is_open AND is_new) AS new, count(*) FILTER (is_settled) AS settled,
            count(*) FILTER (state = 'open') AS open,
            count(*) FILTER (state = 'reopened') AS reopened, count(*) FILTER (state = 'told') AS told,
            count(*) FILTER (state = 'confirmed') AS confirmed, count(*) FILTER (state = 'kept') AS kept,
            count(*) FILTER (state = 'corrected') AS corrected
        FROM doubt""",
    # What stood after each run; as in `report`, what a comparison raises counts from the beginning.
    "history": f"""
        SELECT ended.run_id, run.started_at,
            count(*) FILTER (read.verdict = 'pass') AS passed, count(*) FILTER (read.verdict = 'flagged') AS flagged,
            count(*) FILTER (read.verdict = 'quarantined') AS quarantined
        FROM (FROM made.ended ORDER BY n DESC LIMIT {HISTORY}) AS ended LEFT JOIN run USING (run_id)
        LEFT JOIN made.read AS read ON read.run <= ended.n AND (read.until IS NULL OR read.until > ended.n)
        GROUP BY ended.n, ended.run_id, run.started_at ORDER BY ended.n""",
}
_COVERAGE = """
SELECT province, prefecture, county, agency_level, report_year, expected, received, passed, flagged, quarantined,
    missing, late, unreadable, received_rate
FROM coverage_region WHERE {condition}
ORDER BY province NULLS FIRST, prefecture NULLS FIRST, county NULLS FIRST, agency_level NULLS FIRST, report_year
"""
_COVERAGE_BELOW = f"""
WITH place AS (
    SELECT province, prefecture, county, min({SHARD}) AS shard, min({PROVINCE}) AS province_code
    FROM dim_agency GROUP BY ALL
)
SELECT region.prefecture, region.county, region.agency_level, region.report_year, region.expected, region.received,
    region.passed, region.flagged, region.quarantined, region.missing, region.late, region.unreadable,
    region.received_rate,
    place.shard, coalesce(place.province_code, above.province_code) AS province_code
FROM coverage_region AS region
LEFT JOIN place USING (province, prefecture, county)
LEFT JOIN (SELECT province, min(province_code) AS province_code FROM place GROUP BY province) AS above USING (province)
LEFT JOIN (
    SELECT province, prefecture, min(shard) AS first FROM place GROUP BY ALL
) AS town USING (province, prefecture)
WHERE region.prefecture IS NOT NULL
ORDER BY town.first, region.prefecture, place.shard NULLS FIRST, region.county NULLS FIRST,
    region.agency_level NULLS FIRST, region.report_year
"""
# The agencies of a province: a page about one of them loads no more of the country.
_INDEX = {
    "rows": f"""
        SELECT agency_id, agency_name, agency_level, agency_type, coalesce(aliases, '') AS aliases, {PROVINCE} AS shard
        FROM dim_agency
        LEFT JOIN (
            SELECT agency_id, string_agg(DISTINCT alias, ' ' ORDER BY alias) AS aliases
            FROM dim_agency_alias GROUP BY agency_id
        ) USING (agency_id)
        ORDER BY agency_id""",
}
_CATALOGUE = {
    "rules": "SELECT * EXCLUDE (sort_order) FROM dim_rule ORDER BY sort_order",
    "issues": "SELECT * EXCLUDE (sort_order) FROM dim_issue ORDER BY sort_order",
}
_AGENCY = {
    "years": f"""
        SELECT agency_id, agency_name, agency_level, report_year, state, is_late, published_on, report_id, reason,
            in_chinese(reason) AS reason_zh, {SHARD} AS shard
        FROM made.agency_year ORDER BY agency_level, agency_id, report_year""",
    "reports": f"""
        SELECT report_id, agency_id, agency_name, report_year, scope, edition, version, is_current, verdict, relation,
            published_on, source_name, document_sha256, {SHARD} AS shard
        FROM report ORDER BY agency_id, report_year, scope, version""",
    "series": f"""
        SELECT agency_id, report_year, scope, series_code, value, value_before, change, change_rate, is_break, edition,
            doubt, report_id, {SHARD} AS shard
        FROM year_on_year ORDER BY agency_id, series_code, scope, report_year""",
    "rates": f"""
        SELECT agency_id, report_year, scope, req_new, res_total, full_rate, partial_rate, grant_rate, deny_rate,
            unable_rate, reject_rate, other_rate, open_rate, report_id, {SHARD} AS shard
        FROM request_rates ORDER BY agency_id, scope, report_year""",
    "review": f"""
        SELECT agency_id, report_year, scope, rev_total, rev_concluded, rev_corrected, rev_corrected_rate, lit_total,
            lit_concluded, lit_corrected, lit_corrected_rate, report_id, {SHARD} AS shard
        FROM review_outcomes ORDER BY agency_id, scope, report_year""",
    "ranks": f"""
        SELECT agency_id, agency_level, agency_type, report_year, scope, req_new, rank_in_province, of_in_province,
            rank_nationwide, of_nationwide, deny_rate, deny_rank_in_province, report_id, {SHARD} AS shard
        FROM made.request_ranking ORDER BY agency_id, scope, report_year""",
    "findings": f"""
        SELECT agency_id, report_year, report_id, code, severity, outcome, attribution, places, location, cell,
            {SHARD} AS shard
        FROM made.finding WHERE stands AND is_current ORDER BY ALL""",
    "about": f"""
        SELECT agency_id, agency_name, agency_level, agency_type, province, prefecture, county, parent_id,
            parent_name, credit_code, {SHARD} AS shard
        FROM dim_agency
        LEFT JOIN (SELECT agency_id AS parent_id, agency_name AS parent_name FROM dim_agency) USING (parent_id)
        ORDER BY agency_id""",
    "reforms": f"""
        SELECT of.agency_id, is_after, other.agency_id AS other_id, other.agency_name AS other_name, last_year, how,
            {SHARD.replace("agency_id", "of.agency_id")} AS shard
        FROM (
            SELECT agency_id, successor_id AS other_id, TRUE AS is_after, last_year, how FROM dim_agency_successor
            UNION ALL
            SELECT successor_id, agency_id, FALSE, last_year, how FROM dim_agency_successor
        ) AS of JOIN dim_agency AS other ON other.agency_id = of.other_id
        ORDER BY ALL""",
    "names": f"""
        SELECT agency_id, alias, kind, valid_from, valid_to, source, {SHARD} AS shard
        FROM dim_agency_alias JOIN dim_agency USING (agency_id) ORDER BY ALL""",
}
# The agencies and years of a province by their state, for the counts of its regions to lead to.
_LIST = {
    "years": f"""
        SELECT agency_id, agency_name, agency_level, prefecture, county, report_year, state, is_late, report_id,
            in_chinese(reason) AS reason_zh, reason, {PROVINCE} AS shard
        FROM made.agency_year WHERE state <> 'none' ORDER BY report_year DESC, agency_level, agency_id""",
}
# What the reports have of a rule or issue, by its code: through the years and provinces, and the first of them ...
_RULE = {
    "counts": f"""
        WITH found AS (SELECT *, {PROVINCE} AS province FROM made.finding WHERE stands AND report_id IS NOT NULL)
        SELECT outcome, attribution, report_year, province, sum(places)::BIGINT AS places,
            count(DISTINCT report_id) AS reports, code AS shard
        FROM found
        GROUP BY GROUPING SETS (
            (code, outcome, attribution), (code, outcome, attribution, report_year),
            (code, outcome, attribution, province)
        )
        HAVING (report_year IS NOT NULL OR grouping(report_year) = 1) ORDER BY ALL""",
    "judged": f"""
        SELECT run, outcome, attribution, {PROVINCE} AS province, sum(places)::BIGINT AS places,
            count(DISTINCT report_id) AS reports, code AS shard
        FROM made.finding WHERE run IS NOT NULL GROUP BY ALL ORDER BY ALL""",
    "example": """
        SELECT report_id, agency_id, agency_name, report_year, location, message_zh, message_en, cells,
            check_code AS shard
        FROM (
            SELECT check_code, location, message_zh, message_en, cells, report_id, outcome
            FROM lake.quality_check WHERE is_current AND outcome IN ('fail', 'not_evaluable') AND message_zh <> ''
            QUALIFY row_number() OVER (PARTITION BY check_code ORDER BY outcome, report_id, location) = 1
        ) JOIN report USING (report_id) ORDER BY shard""",
}
# ... and all of them of a province.
_FAILING = {
    "reports": f"""
        SELECT report_id, agency_id, agency_name, report_year, is_current, outcome, attribution, places, location, cell,
            run, stands, code || '/' || {PROVINCE} AS shard
        FROM made.finding
        ORDER BY outcome, report_year DESC, agency_id, report_id, location, run""",
}
_RANKED = """
SELECT agency_id, agency_name, report_year, scope, agency_level, agency_type, req_new, deny_rate, {columns},
    report_id, {shard} AS shard
FROM made.request_ranking WHERE {condition}
ORDER BY agency_level, agency_type, scope, {order}, agency_id
"""
_RANKING = {
    "country": _RANKED.format(
            columns="rank_nationwide, of_nationwide", shard="report_year::VARCHAR",
            condition=f"rank_nationwide <= {RANKED}", order="rank_nationwide",
    ),
    "province": _RANKED.format(
            columns="rank_in_province, of_in_province, deny_rank_in_province",
            shard=f"report_year || '-' || {PROVINCE}", condition="TRUE", order="rank_in_province",
    ),
    # How many of a kind each province has of those ranked nationwide.
    "ranked": f"""
        SELECT {PROVINCE} AS province, scope, agency_level, agency_type, count(*) AS agencies,
            report_year::VARCHAR AS shard
        FROM made.request_ranking GROUP BY ALL ORDER BY ALL""",
}  # fmt: skip


def _quality(*, country: bool) -> dict[str, str]:
    """Rules, worst reports and suggestions of the country, or in shards by province."""
    code = f"SELECT province, min({PROVINCE}) AS shard FROM dim_agency GROUP BY province"
    rules = f"""
        SELECT check_code, severity, outcome, attribution, report_year, places, reports
            {"" if country else ", shard"}
        FROM rule_outcome {"" if country else f"JOIN ({code}) USING (province)"}
        WHERE province IS {"" if country else "NOT"} NULL
        ORDER BY report_year NULLS FIRST, places DESC, check_code, outcome, attribution"""

    def first(view: str, columns: str, order: str, condition: str = "TRUE") -> str:
        """The first rows of a view, of all years and of each, with their places and how many there are."""
        part = "" if country else PROVINCE
        years = f"PARTITION BY {part}{', ' if part else ''}report_year"
        return f"""
            SELECT {columns}, count(*) OVER whole AS of_all, row_number() OVER (whole ORDER BY {order}) AS place,
                count(*) OVER year AS of_year, row_number() OVER (year ORDER BY {order}) AS place_in_year
                {"" if country else f", {PROVINCE} AS shard"}
            FROM {view} WHERE {condition}
            WINDOW whole AS ({part and f"PARTITION BY {part}"}), year AS ({years})
            QUALIFY place <= {LISTED} OR place_in_year <= {LISTED_IN_YEAR} ORDER BY {order}"""

    return {
        "rules": rules,
        "worst": first(
            "report_quality",
            "report_id, agency_id, agency_name, report_year, verdict, reason, in_chinese(reason) AS reason_zh, broken, "
            "open, notes, issues, source, reading, definition",
            "verdict = 'quarantined' DESC, broken DESC, open DESC, notes DESC, report_id",
            "verdict <> 'pass'",
        ),
        "suggestions": first(
            "suggestion",
            "report_id, agency_id, agency_name, report_year, edition, indicator_code, applicant_code, printed, "
            "suggested_value, unit",
            "report_year DESC, agency_id, report_id, indicator_code, applicant_code",
        ),
    }


_RUN_PAGE = {
    "runs": f"""
        SELECT run_id, started_at, finished_at, files_found, files_read, reports, passed, flagged, quarantined,
            not_reports, unreadable, compared
        FROM run ORDER BY started_at DESC, run_id LIMIT {LEDGER}""",
    "checks": f"""
        SELECT run_id, severity, outcome, count(*) AS places
        FROM quality_history
        WHERE outcome IN ('fail', 'not_evaluable')
            AND run_id IN (SELECT run_id FROM run ORDER BY started_at DESC, run_id LIMIT {LEDGER})
        GROUP BY ALL ORDER BY ALL""",
    "files": FILES,
    "refused": f"""
        SELECT source_name, media_type, bytes, first_seen, outcome, reason, in_chinese(reason) AS reason_zh,
            count(*) OVER () AS of_all
        FROM document WHERE outcome IN ('not_a_report', 'report_without_tables', 'unreadable')
        ORDER BY first_seen DESC, source_name LIMIT {LISTED}""",
}

_REPORTS = f"""
WITH chosen AS (SELECT * FROM report WHERE list_contains($1, {PROVINCE})),
cells AS (
    SELECT report_id, to_json(list(json_array(
        table_key, edition, indicator_code, applicant_code, printed, kind, {_plain("value")}, unit, method, issue,
        {_plain("suggested_value")}, correction, grid, grid_row, grid_column, place
    ))) AS cells
    FROM cell WHERE list_contains($1, {PROVINCE})
    GROUP BY report_id
),
checks AS (
    SELECT report_id, to_json(list(json_array(
        check_code, severity, outcome, attribution, definition, evidence, location, expected, found,
        {_plain("suggested_value")}, message_zh, message_en, cells, in_chinese(evidence)
    ) ORDER BY severity DESC, check_code, location)) AS checks
    FROM lake.quality_check WHERE list_contains($1, {PROVINCE}) AND is_current AND outcome IN ('fail', 'not_evaluable')
    GROUP BY report_id
),
issues AS (
    SELECT report_id, to_json(list(json_array(
        code, severity, location, found, expected, indicator_code, applicant_code, in_chinese(location),
        in_chinese(found), in_chinese(expected)
    ) ORDER BY severity, code, location)) AS issues
    FROM quality_issue WHERE report_id IN (SELECT report_id FROM chosen)
    GROUP BY report_id
)
SELECT
    {SHARD} AS shard, coalesce(report_year, 0) AS year, report_id,
    to_json({{
        report_id: report_id, agency_id: agency_id, agency_name: agency_name, report_year: report_year, scope: scope,
        edition: edition, version: version, is_current: is_current, verdict: verdict, reason: reason,
        published_on: published_on, document_sha256: document_sha256, source_name: source_name, loaded_at: loaded_at,
        title: title, relation: relation, reason_zh: in_chinese(reason), pictures: pictures
    }}) AS report,
    coalesce(cells, '[]') AS cells, coalesce(checks, '[]') AS checks, coalesce(issues, '[]') AS issues
FROM chosen LEFT JOIN picture USING (document_sha256) LEFT JOIN cells USING (report_id)
LEFT JOIN checks USING (report_id) LEFT JOIN issues USING (report_id)
ORDER BY shard, year, agency_id, scope, version, report_id
"""


# Pages of PDFs a doubt leads to, by document: those a person wants to see as they are.
_PICTURES = """
CREATE TEMP TABLE picture AS
WITH doubtful AS (
    SELECT report_id, indicator_code, applicant_code FROM check_cell WHERE severity = 'statutory' AND outcome = 'fail'
    UNION
    SELECT report_id, indicator_code, applicant_code FROM cell WHERE issue <> '' OR suggested_value IS NOT NULL
)
SELECT document_sha256, list(DISTINCT page ORDER BY page) AS pictures
FROM (
    SELECT report.document_sha256, TRY_CAST(regexp_extract(cell.place, '^page ([0-9]+), box', 1) AS INTEGER) AS page
    FROM cell JOIN doubtful USING (report_id, indicator_code, applicant_code) JOIN report USING (report_id)
    WHERE report.verdict <> 'pass' AND cell.place LIKE 'page %'
) JOIN document USING (document_sha256)
WHERE page IS NOT NULL AND media_type = 'application/pdf'
GROUP BY document_sha256
"""


def _write_pictures(connection: duckdb.DuckDBPyConnection, store: Path, writer: Writer, old: Path) -> None:
    """Those pages as pictures, a file each; the ones the site before has are kept."""
    wanted = []
    for digest, pages in connection.execute("FROM picture ORDER BY document_sha256").fetchall():
        for page in pages:
            name = f"picture/{digest}/{page}"
            if (kept := old / "data" / f"{name}.js").is_file():
                to = writer.to / "data" / f"{name}.js"
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(kept, to)
            else:
                wanted.append((digest, page))
    asked = [(digest, [page for _, page in group]) for digest, group in groupby(wanted, key=itemgetter(0))]
    for (digest, pages), found in zip(asked, pictures(store, asked), strict=True):
        for page in pages:
            writer.value(f"picture/{digest}/{page}", found.get(page))


def _write_reports(connection: duckdb.DuckDBPyConnection, writer: Writer, provinces: list[str]) -> None:
    rows = _fetched(connection.execute(_REPORTS, [provinces]))
    for (shard, year), reports in groupby(rows, key=lambda row: row[:2]):
        parts = (
            f'"{report_id}":{{"report":{report},"cells":{cells},"checks":{checks},"issues":{issues}}}'
            for _, _, report_id, report, cells, checks, issues in reports
        )
        writer.text(f"report/{shard}/{year}", f"{{{','.join(parts)}}}")


def _fetched(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(500):
        yield from rows


def _write_sources(connection: duckdb.DuckDBPyConnection, store: Path, writer: Writer, old: Path) -> None:
    """The documents of reports, a shard a region and year; what the site before has of the same files is kept."""
    rows = connection.execute(
        f"""
        SELECT {SHARD} AS shard, coalesce(report_year, 0) AS year, document_sha256
        FROM report ORDER BY ALL"""
    ).fetchall()
    stamps: dict[str, str] = {}
    anew: dict[str, list[str]] = {}
    known = _stamps(old)
    held = Lake(store).originals.names()
    for (shard, year), group in groupby(rows, key=lambda row: row[:2]):
        digests = [digest for *_, digest in group]
        name = f"source/{shard}/{year}"
        there = [digest for digest in digests if digest in held]
        stamps[name] = hashlib.sha256("\n".join([reader(), *there]).encode()).hexdigest()[:16]
        if known.get(name) == stamps[name]:
            file = writer.to / "data" / f"{name}.js"
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(old / "data" / f"{name}.js", file)
        else:
            anew[name] = there
    read = documents(store, (digest for digests in anew.values() for digest in digests))
    for name, digests in anew.items():
        writer.value(name, dict(next(read) for _ in digests))
    writer.value("sources", stamps)


def _stamps(site: Path) -> dict[str, str]:
    """What each source shard of a site was made of."""
    try:
        text = (site / "data" / "sources.js").read_bytes()
    except OSError:
        return {}
    data = text.partition(b",")[2].removesuffix(b");\n")
    if data.startswith(b'"'):
        data = gzip.decompress(base64.b64decode(data.strip(b'"')))
    found: dict[str, str] = json.loads(data)
    return found


# --- rows as JSON ----------------------------------------------------------------------------------------------------


def _column(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return [value for (value,) in connection.execute(sql).fetchall()]


def _described(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in connection.execute(f"DESCRIBE {sql}").fetchall()]


def _array(columns: Sequence[tuple[str, str]]) -> str:
    """SQL for a row as a JSON array."""
    # JSON knows binary floating point only, good for 15 digits; a longer number is text.
    number = "CASE WHEN abs({0}) < 1000000000 THEN to_json({0}::DOUBLE) ELSE to_json({1}) END"
    values = (number.format(n, _plain(n)) if t.startswith("DECIMAL") else n for n, t in columns)
    return f"json_array({', '.join(values)})"


def _packed(columns: Sequence[tuple[str, str]], rows: str) -> str:
    return f'{{"columns":{json.dumps([name for name, _ in columns])},"rows":{rows}}}'


def _listed(columns: Sequence[tuple[str, str]], sql: str, by: str = "") -> str:
    """SQL for the rows of a question as one JSON array, or one for each value of a column, in the question's order."""
    rows = f"SELECT {by and f'{by}, '}to_json(list({_array(columns)} ORDER BY n)) FROM "
    return f"{rows} (SELECT *, row_number() OVER () AS n FROM ({sql})) {by and 'GROUP BY 1 ORDER BY 1'}"


def _table(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The answer to a question as JSON: columns and rows, in its order."""
    columns = _described(connection, sql)
    return _packed(columns, connection.execute(_listed(columns, sql)).fetchall()[0][0] or "[]")


def _object(connection: duckdb.DuckDBPyConnection, questions: Mapping[str, str]) -> str:
    """Several answers as a JSON object."""
    return f"{{{','.join(f'{json.dumps(name)}:{_table(connection, sql)}' for name, sql in questions.items())}}}"


def _shards(
    connection: duckdb.DuckDBPyConnection,
    writer: Writer,
    folder: str,
    questions: Mapping[str, str],
    always: Sequence[str] = (),
) -> list[str]:
    """Answers in a file for each value of their last column, which itself is left out; returns those values.

    `always` are values a file is written for even if nothing has them.
    """
    empty: dict[str, str] = {}
    streams = [iter([(key, "", "") for key in always])]
    for name, sql in questions.items():
        *columns, (shard, _) = _described(connection, sql)
        empty[name] = _packed(columns, "[]")
        streams.append(_stream(connection.cursor(), name, columns, _listed(columns, sql, shard)))
    written = []
    for key, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        found = empty | {name: rows for _, name, rows in group if name}
        writer.text(f"{folder}/{key}", f"{{{','.join(f'{json.dumps(name)}:{rows}' for name, rows in found.items())}}}")
        written.append(key)
    return written


def _stream(
    cursor: duckdb.DuckDBPyConnection, name: str, columns: Sequence[tuple[str, str]], sql: str
) -> Iterator[tuple[str, str, str]]:
    """(value, name, rows) in the order of the values."""
    for key, rows in _fetched(cursor.execute(sql)):
        yield key, name, _packed(columns, rows)
