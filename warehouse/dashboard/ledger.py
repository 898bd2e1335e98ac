"""What every run read: SQL for reports and files run by run, so that a count of any moment leads to its rows."""

import duckdb

from warehouse.lake.store import Lake

# Reports lie together that one looks at together: those of a county, a prefecture's or a province's own offices.
SHARD = "coalesce(nullif(regexp_extract(agency_id, '^[0-9]{6}'), ''), 'none')"
# ... and those of a province, for lists.
PROVINCE = "coalesce(nullif(regexp_extract(agency_id, '^[0-9]{2}'), ''), 'none')"

# Runs by their number `n`, in the order of their last commits.
_ENDED = """
CREATE TABLE made.ended AS
SELECT run_id, max(commit_seq) AS seq, row_number() OVER (ORDER BY max(commit_seq)) - 1 AS n
FROM lake.commit GROUP BY run_id
"""
# The runs that compared a report with others: in commits that read none.
_COMPARED = """
CREATE TABLE made.compared AS
SELECT report_no, n, max(commit_seq) AS commit_seq
FROM lake.quality_check JOIN lake.commit USING (commit_seq, run_id) JOIN made.ended USING (run_id)
WHERE report_no IS NOT NULL AND commit_seq NOT IN (SELECT commit_seq FROM lake.reading) GROUP BY ALL
"""
# Every reading of a report. It stands from its run until another one (null: it stands); a run found `read_as`, what
# comparisons raised since is in `verdict`. Of a reading that stands `part` tells where the report is counted: in
# `coverage`, as another version or scope of the same agency and year, or nowhere. `cell` is where it fails first.
_READ = f"""
CREATE TABLE made.read AS
WITH run AS (SELECT commit_seq, n FROM lake.commit JOIN made.ended USING (run_id)),
place AS (SELECT report_id, {SHARD} || '/' || coalesce(report_year, 0) AS lies FROM report),
failing AS (
    SELECT report_no, arg_min(split_part(cells, ' ', 1), location) AS cell FROM lake.quality_check
    WHERE is_current AND outcome = 'fail' AND severity = 'statutory' AND cells NOT IN ('', '*') GROUP BY report_no
),
compared AS (
    SELECT report_no, reading.commit_seq, list(n ORDER BY n) AS runs
    FROM made.compared AS compared JOIN lake.reading AS reading USING (report_no)
    WHERE compared.commit_seq > reading.commit_seq AND (until_seq IS NULL OR compared.commit_seq < until_seq)
    GROUP BY ALL
)
SELECT
    reading.report_id, reading.agency_id, reading.agency_name, reading.report_year, reading.scope,
    reading.verdict AS read_as,
    CASE WHEN raised.reason IS NOT NULL AND reading.verdict = 'pass' THEN 'flagged' ELSE reading.verdict END AS verdict,
    CASE
        WHEN until_seq IS NOT NULL THEN NULL
        WHEN reading.agency_id IS NULL OR reading.report_year IS NULL THEN 'unknown'
        WHEN counted.report_id IS NULL THEN 'other' ELSE 'counted'
    END AS part,
    until_seq IS NULL AND reading.is_current AS is_current,
    run.n AS run, ended.n AS until, CASE WHEN until_seq IS NOT NULL THEN place.lies END AS lies,
    CASE WHEN until_seq IS NULL THEN failing.cell END AS cell,
    compared.runs AS compared, CASE WHEN reading.verdict = 'quarantined' THEN reading.reason END AS reason,
    CASE WHEN reading.verdict = 'quarantined' THEN reading.source_name END AS source_name
FROM lake.reading AS reading
JOIN run USING (commit_seq)
LEFT JOIN run AS ended ON ended.commit_seq = until_seq
LEFT JOIN lake.raised AS raised USING (report_no)
LEFT JOIN (SELECT report_id FROM coverage WHERE received) AS counted USING (report_id)
LEFT JOIN place USING (report_id)
LEFT JOIN failing USING (report_no)
LEFT JOIN compared ON compared.report_no = reading.report_no AND compared.commit_seq = reading.commit_seq
"""
# Every file as a run read it; `is_held`: so it stands in `document`. What stands there by what became of another name
# of the same bytes was read by no run as such (`is_read` is false).
_FILE = """
CREATE TABLE made.file AS
WITH committed AS (
    SELECT
        source_name, document_sha256, outcome, reason, media_type, bytes, first_seen, n, report_id,
        commit_seq = max(commit_seq) OVER (PARTITION BY source_name, document_sha256) AS is_last
    FROM ({committed}) JOIN lake.commit USING (commit_seq) JOIN made.ended USING (run_id)
),
held AS (
    SELECT document.*, ended.n, TRUE AS is_last
    FROM document
    JOIN (SELECT source_name, document_sha256, first_seq FROM lake.document) USING (source_name, document_sha256)
    JOIN lake.commit ON commit.commit_seq = first_seq JOIN made.ended USING (run_id)
)
SELECT
    source_name, outcome, coalesce(held.reason, read.reason) AS reason,
    coalesce(held.media_type, read.media_type) AS media_type, coalesce(held.bytes, read.bytes) AS bytes,
    coalesce(held.first_seen, read.first_seen) AS first_seen, coalesce(held.report_id, read.report_id) AS report_id,
    coalesce(read.n, held.n) AS run, read.n IS NOT NULL AS is_read, held.n IS NOT NULL AS is_held
FROM committed AS read FULL JOIN held USING (source_name, document_sha256, outcome, is_last) -- all equal: it is hashed
"""
# What was found in a report, a row a code, outcome, attribution and run: checks, and issues of the reading as it stands
# (`run` is null). What stands no more was found by an earlier run only.
_FINDING = """
CREATE TABLE made.finding AS
WITH found AS (
    SELECT report_id, check_code AS code, severity, outcome, attribution, count(*) AS places,
        min(location) AS location, arg_min(split_part(cells, ' ', 1), location) AS cell, run_id, is_current AS stands,
        agency_id, report_year
    FROM lake.quality_check WHERE outcome IN ('fail', 'not_evaluable') GROUP BY ALL
    UNION ALL
    SELECT report_id, code, severity, 'issue', 'reading', count(*), min(location),
        arg_min(concat_ws('/', indicator_code, nullif(applicant_code, '')), location), NULL, TRUE, NULL, NULL
    FROM quality_issue GROUP BY ALL
)
SELECT
    report.report_id, coalesce(report.agency_id, found.agency_id) AS agency_id, report.agency_name,
    coalesce(report.report_year, found.report_year) AS report_year, coalesce(report.is_current, FALSE) AS is_current,
    found.* EXCLUDE (report_id, agency_id, report_year, run_id), n AS run
FROM found LEFT JOIN report USING (report_id) LEFT JOIN made.ended USING (run_id)
"""

# Runs by number ...
RUNS = {"runs": "SELECT run_id, started_at FROM made.ended LEFT JOIN run USING (run_id) ORDER BY n"}
# ... how many readings have what in common, for counts of the whole country ...
REPORTS = {
    "counts": f"""
        SELECT {PROVINCE} AS province, report_year, verdict, read_as, part, is_current, run, until, count(*) AS reports
        FROM made.read GROUP BY ALL ORDER BY ALL""",
    "compared": f"""
        SELECT {PROVINCE} AS province, report_year, run, count(*) AS reports
        FROM (SELECT agency_id, report_year, unnest(compared) AS run FROM made.read) GROUP BY ALL ORDER BY ALL""",
}
# ... and the readings themselves, by province.
READINGS = {
    "reports": f"""
        SELECT report_id, agency_id, agency_name, report_year, scope, verdict, read_as, part, is_current, run, until,
            lies, cell, compared, reason, in_chinese(reason) AS reason_zh, source_name,
            {PROVINCE} AS shard
        FROM made.read ORDER BY report_year DESC NULLS LAST, agency_id NULLS LAST, agency_name, report_id, run""",
}
FILES = """
    SELECT outcome, run, count(*) FILTER (is_read) AS files, count(*) FILTER (is_held) AS held
    FROM made.file GROUP BY ALL ORDER BY ALL"""
FILE_LISTS = {
    "files": """
        SELECT source_name, reason, in_chinese(reason) AS reason_zh, media_type, bytes, first_seen, is_read, is_held,
            report.report_id, agency_id, report_year, outcome || '/' || run AS shard
        FROM made.file AS file
        LEFT JOIN (SELECT report_id, agency_id, report_year FROM report) AS report USING (report_id)
        WHERE outcome <> 'report' ORDER BY first_seen DESC, source_name""",
}
# The rules that failed in each run, and in which provinces.
JUDGED = {
    "rules": """
        SELECT code AS check_code, severity, outcome, attribution, sum(places)::BIGINT AS places,
            count(DISTINCT report_id) AS reports, run::VARCHAR AS shard
        FROM made.finding WHERE run IS NOT NULL GROUP BY ALL ORDER BY places DESC, check_code, outcome, attribution""",
}


def prepare(connection: duckdb.DuckDBPyConnection, store: Lake) -> None:
    """Make the tables these questions are asked of, as far as the warehouse is built."""
    (last,) = connection.execute("SELECT coalesce(max(commit_seq), 0) FROM lake.commit").fetchall()[0]
    connection.execute("ATTACH ':memory:' AS made (READ_WRITE)")  # unlike temporary tables, every cursor sees it
    for view in ("request_ranking", "agency_year"):  # asked for several times
        connection.execute(f"CREATE TABLE made.{view} AS FROM {view}")
    connection.execute(_ENDED)
    connection.execute(_FINDING)
    connection.execute(_COMPARED)
    connection.execute(_READ)
    connection.execute(_FILE.format(committed=store.scan("document", store.commits()[:last])))
