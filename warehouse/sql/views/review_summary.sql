-- Question: how often was an agency's disclosure taken to review or to court, and with what outcome?
-- Grain:    a current report; null where the page prints no number.
-- Example:  SELECT agency_name, rev_corrected, rev_total FROM review_summary WHERE rev_corrected > 0
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    review.* EXCLUDE (report_no)
FROM lake.report AS report
LEFT JOIN lake.review AS review USING (report_no)
WHERE report.is_current
