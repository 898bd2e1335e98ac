-- Question: how often was an agency's disclosure taken to review or to court, and with what outcome?
-- Grain:    a current report; null where the page prints no number.
-- Example:  SELECT agency_name, rev_corrected, rev_total FROM review_summary WHERE rev_corrected > 0
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    review.* EXCLUDE (report_no),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt
FROM lake.report AS report
LEFT JOIN lake.review AS review USING (report_no)
LEFT JOIN lake.table_doubt AS doubt ON doubt.report_no = report.report_no AND doubt.table_key = 'review'
WHERE report.is_current
