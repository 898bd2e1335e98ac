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
        'old' AS state, (SELECT before FROM span) AS seq,
        report_no, report_id, agency_id, agency_name, report_year, scope
    FROM report_at((SELECT before FROM span)) SEMI JOIN touched USING (agency_id, report_year, scope)
    WHERE is_current
    UNION ALL
    SELECT 'new', (SELECT after FROM span), report_no, report_id, agency_id, agency_name, report_year, scope
    FROM report_at((SELECT after FROM span)) SEMI JOIN touched USING (agency_id, report_year, scope)
    WHERE is_current
),
before AS (
    -- The first change after the commit tells what stood at it.
    SELECT version.state, cell.* FROM lake.cell_before AS cell JOIN version USING (report_no)
    WHERE until_seq > seq
    QUALIFY row_number() OVER (
        PARTITION BY state, report_no, table_key, indicator_code, applicant_code ORDER BY until_seq
    ) = 1
),
stood AS (
    SELECT version.state, cell.* FROM lake.cell JOIN version USING (report_no)
    ANTI JOIN before USING (state, report_no, table_key, indicator_code, applicant_code)
    UNION ALL BY NAME
    SELECT * EXCLUDE until_seq FROM before WHERE kind <> 'absent'
),
fact AS (SELECT * FROM version JOIN stood USING (state, report_no) WHERE kind <> 'missing')
SELECT
    CASE WHEN old.report_id IS NULL THEN 'ADD' WHEN new.report_id IS NULL THEN 'DEL' ELSE 'MOD' END AS change,
    agency_id, coalesce(new.agency_name, old.agency_name) AS agency_name, report_year, scope,
    indicator_code, applicant_code,
    old.value AS old_value, new.value AS new_value, old.printed AS old_printed, new.printed AS new_printed,
    old.kind AS old_kind, new.kind AS new_kind, old.unit AS old_unit, new.unit AS new_unit,
    old.report_id AS old_report_id, new.report_id AS new_report_id
FROM (FROM fact WHERE state = 'old') AS old
FULL JOIN (FROM fact WHERE state = 'new') AS new
    USING (agency_id, report_year, scope, indicator_code, applicant_code)
WHERE old.report_id IS NULL OR new.report_id IS NULL
    OR old.value IS DISTINCT FROM new.value OR old.unit IS DISTINCT FROM new.unit OR old.kind <> new.kind
ORDER BY agency_id, report_year, scope, indicator_code, applicant_code
