-- Question: what does an agency report for a year, indicator by indicator?
-- Grain:    an indicator (and kind of applicant) of a current report that is not quarantined.
-- Example:  SELECT agency_name, value FROM fact WHERE report_year = 2023 AND indicator_code = 'normdoc_in_force'
WITH stated AS (
    SELECT *, '' AS applicant_code FROM fact_disclosure
    UNION ALL BY NAME
    SELECT * FROM fact_request
    UNION ALL BY NAME
    SELECT *, '' AS applicant_code FROM fact_review_litigation
    UNION ALL BY NAME
    SELECT *, '' AS applicant_code FROM fact_legacy
)
SELECT
    stated.agency_id, report.agency_name, stated.report_year, stated.scope, stated.edition,
    stated.indicator_code, stated.applicant_code, stated.value, stated.unit, stated.kind, stated.printed,
    stated.method, stated.suggested_value, stated.report_id, report.document_sha256, report.source_name,
    stated.issue
FROM stated
JOIN lake.report AS report USING (report_id)
