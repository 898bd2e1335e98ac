-- Question: which reports are there, in which versions, and may they be trusted?
-- Grain:    a version of a report; sql/lake/report.sql states which one is current.
-- Example:  SELECT agency_name, report_year, reason FROM report WHERE verdict = 'quarantined'
SELECT
    report_id, agency_id, agency_name, report_year, scope, edition, version, is_current, verdict, reason,
    published_on, document_sha256, source_name, loaded_at, title, first_seen
FROM lake.report
