-- Question: what did a run change in what we believe?
-- Grain:    a fact that a run added (ADD), changed in value, unit or kind (MOD) or took back (DEL); nothing else is listed.
-- Example:  SELECT change, count(*) FROM fact_delta('20260301T020000000000Z') GROUP BY change
(run) AS TABLE
WITH span AS (
    SELECT min(commit_seq) - 1 AS before, max(commit_seq) AS after FROM lake.commit WHERE run_id = run
),
touched AS (
    SELECT DISTINCT agency_id, report_year, scope
    FROM lake.reading, span
    WHERE (commit_seq > before AND commit_seq <= after) OR (until_seq > before AND until_seq <= after)
),
-- The few reports in question come first: fact_at would go through the cells of all others, too.
version AS (
    SELECT
        'old' AS state, (SELECT before FROM span) AS seq, report_no, report_id, agency_id, agency_name, report_year, scope
    FROM report_at((SELECT before FROM span)) SEMI JOIN touched USING (agency_id, report_year, scope)
    WHERE is_current
    UNION ALL
    SELECT 'new', (SELECT after FROM span), report_no, report_id, agency_id, agency_name, report_year, scope
    FROM report_at((SELECT after FROM span)) SEMI JOIN touched USING (agency_id, report_year, scope)
    WHERE is_current
),
-- An agency's year before and after the run.
pair AS MATERIALIZED (
    SELECT
        row_number() OVER () AS pair_no, agency_id, report_year, scope,
        coalesce(new.agency_name, old.agency_name) AS agency_name,
        old.report_no AS old_no, new.report_no AS new_no,
        old.report_id AS old_report_id, new.report_id AS new_report_id
    FROM (FROM version WHERE state = 'old') AS old
    FULL JOIN (FROM version WHERE state = 'new') AS new USING (agency_id, report_year, scope)
),
before AS (
    -- The first change after the commit tells what stood at it.
    SELECT version.state, cell.* FROM lake.cell_before AS cell JOIN version USING (report_no)
    WHERE until_seq > seq
    QUALIFY row_number() OVER (
        PARTITION BY state, report_no, table_key, indicator_code, applicant_code ORDER BY until_seq
    ) = 1
),
-- Kept in memory, the cells of a first run would not fit; with an ANTI JOIN in it DuckDB would keep it there all the same.
fact AS NOT MATERIALIZED (
    SELECT * FROM (
        SELECT version.state, cell.* FROM lake.cell JOIN version USING (report_no)
        LEFT JOIN before USING (state, report_no, table_key, indicator_code, applicant_code)
        WHERE before.until_seq IS NULL
        UNION ALL BY NAME
        SELECT * EXCLUDE until_seq FROM before WHERE kind <> 'absent'
    )
    WHERE kind <> 'missing'
),
was AS NOT MATERIALIZED (SELECT * FROM fact JOIN pair ON state = 'old' AND report_no = old_no),
stands AS NOT MATERIALIZED (SELECT * FROM fact JOIN pair ON state = 'new' AND report_no = new_no),
-- Cells are held together only where there was a report before and is one now.
changed AS NOT MATERIALIZED (
    SELECT
        CASE WHEN old.kind IS NULL THEN 'ADD' WHEN new.kind IS NULL THEN 'DEL' ELSE 'MOD' END AS change,
        coalesce(old.agency_id, new.agency_id) AS agency_id, coalesce(old.agency_name, new.agency_name) AS agency_name,
        coalesce(old.report_year, new.report_year) AS report_year, coalesce(old.scope, new.scope) AS scope,
        indicator_code, applicant_code,
        old.value AS old_value, new.value AS new_value, old.printed AS old_printed, new.printed AS new_printed,
        old.kind AS old_kind, new.kind AS new_kind, old.unit AS old_unit, new.unit AS new_unit,
        old.old_report_id, new.new_report_id
    FROM (FROM was WHERE new_no IS NOT NULL) AS old
    FULL JOIN (FROM stands WHERE old_no IS NOT NULL) AS new USING (pair_no, indicator_code, applicant_code)
    WHERE old.value IS DISTINCT FROM new.value OR old.unit IS DISTINCT FROM new.unit
        OR old.kind IS DISTINCT FROM new.kind
)
FROM changed
UNION ALL BY NAME
SELECT
    'ADD' AS change, agency_id, agency_name, report_year, scope, indicator_code, applicant_code,
    value AS new_value, printed AS new_printed, kind AS new_kind, unit AS new_unit, new_report_id
FROM stands WHERE old_no IS NULL
UNION ALL BY NAME
SELECT
    'DEL' AS change, agency_id, agency_name, report_year, scope, indicator_code, applicant_code,
    value AS old_value, printed AS old_printed, kind AS old_kind, unit AS old_unit, old_report_id
FROM was WHERE new_no IS NULL
