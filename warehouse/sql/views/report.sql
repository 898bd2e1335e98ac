-- Question: which reports are there, in which versions, and may they be trusted?
-- Grain:    a version of a report; sql/lake/reading.sql states which one is current, sql/tables/version.sql how it relates
--           to the versions before it ('only' if there are none, null if it is quarantined or of nobody).
-- Example:  SELECT agency_name, report_year, reason FROM report WHERE verdict = 'quarantined'
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    report.version, report.is_current, report.verdict, report.reason, report.published_on, report.document_sha256,
    report.source_name, report.loaded_at, report.title, report.first_seen,
    CASE
        WHEN version.relation IS NOT NULL THEN version.relation
        WHEN report.verdict <> 'quarantined' AND report.agency_id IS NOT NULL AND report.report_year IS NOT NULL THEN 'only'
    END AS relation,
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.credit_code, page.page_url, report.doubtful
FROM lake.report AS report
LEFT JOIN version USING (report_id)
LEFT JOIN (
    SELECT report_id, min(found_on) AS page_url FROM attachment WHERE report_id IS NOT NULL GROUP BY report_id
) AS page USING (report_id)
