-- Question: what did current reports state after a commit of the lake?
-- Grain:    an indicator (and kind of applicant) of a report that was current then.
-- Example:  SELECT count(*) FROM fact_at(1)
(seq) AS TABLE
WITH before AS (
    -- The first change after the commit tells what stood at it.
    SELECT * FROM lake.cell_before
    WHERE until_seq > seq
    QUALIFY row_number() OVER (
        PARTITION BY report_no, table_key, indicator_code, applicant_code ORDER BY until_seq
    ) = 1
),
stood AS (
    SELECT * FROM lake.cell ANTI JOIN before USING (report_no, table_key, indicator_code, applicant_code)
    UNION ALL BY NAME
    SELECT * EXCLUDE until_seq FROM before WHERE kind <> 'absent'
)
SELECT
    report.agency_id, report.agency_name, report.report_year, report.scope, stood.edition,
    stood.indicator_code, stood.applicant_code, stood.value, stood.unit, stood.kind, stood.printed,
    stood.method, stood.suggested_value, report.report_id, report.document_sha256, report.source_name,
    stood.issue, stood.correction
FROM stood
JOIN report_at(seq) AS report USING (report_no)
WHERE report.is_current AND stood.kind <> 'missing'
