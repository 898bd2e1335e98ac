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
old AS (
    SELECT fact.* FROM fact_at((SELECT before FROM span)) AS fact
    SEMI JOIN touched USING (agency_id, report_year, scope)
),
new AS (
    SELECT fact.* FROM fact_at((SELECT after FROM span)) AS fact
    SEMI JOIN touched USING (agency_id, report_year, scope)
)
SELECT
    CASE WHEN old.report_id IS NULL THEN 'ADD' WHEN new.report_id IS NULL THEN 'DEL' ELSE 'MOD' END AS change,
    agency_id, coalesce(new.agency_name, old.agency_name) AS agency_name, report_year, scope,
    indicator_code, applicant_code,
    old.value AS old_value, new.value AS new_value, old.printed AS old_printed, new.printed AS new_printed,
    old.kind AS old_kind, new.kind AS new_kind, old.unit AS old_unit, new.unit AS new_unit,
    old.report_id AS old_report_id, new.report_id AS new_report_id
FROM old FULL JOIN new USING (agency_id, report_year, scope, indicator_code, applicant_code)
WHERE old.report_id IS NULL OR new.report_id IS NULL
    OR old.value IS DISTINCT FROM new.value OR old.unit IS DISTINCT FROM new.unit OR old.kind <> new.kind
ORDER BY agency_id, report_year, scope, indicator_code, applicant_code
