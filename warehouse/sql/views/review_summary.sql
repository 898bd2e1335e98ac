-- Question: how often was an agency's disclosure taken to review or to court, and with what outcome?
-- Grain:    a current report; null where the page prints no number.
-- Example:  SELECT agency_name, rev_corrected, rev_total FROM review_summary WHERE rev_corrected > 0
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    max(value) FILTER (indicator_code = 'rev_upheld') AS rev_upheld,
    max(value) FILTER (indicator_code = 'rev_corrected') AS rev_corrected,
    max(value) FILTER (indicator_code = 'rev_other') AS rev_other,
    max(value) FILTER (indicator_code = 'rev_pending') AS rev_pending,
    max(value) FILTER (indicator_code = 'rev_total') AS rev_total,
    max(value) FILTER (indicator_code = 'lit_direct_upheld') AS lit_direct_upheld,
    max(value) FILTER (indicator_code = 'lit_direct_corrected') AS lit_direct_corrected,
    max(value) FILTER (indicator_code = 'lit_direct_other') AS lit_direct_other,
    max(value) FILTER (indicator_code = 'lit_direct_pending') AS lit_direct_pending,
    max(value) FILTER (indicator_code = 'lit_direct_total') AS lit_direct_total,
    max(value) FILTER (indicator_code = 'lit_after_rev_upheld') AS lit_after_rev_upheld,
    max(value) FILTER (indicator_code = 'lit_after_rev_corrected') AS lit_after_rev_corrected,
    max(value) FILTER (indicator_code = 'lit_after_rev_other') AS lit_after_rev_other,
    max(value) FILTER (indicator_code = 'lit_after_rev_pending') AS lit_after_rev_pending,
    max(value) FILTER (indicator_code = 'lit_after_rev_total') AS lit_after_rev_total
FROM lake.report AS report
LEFT JOIN fact_review_litigation AS fact USING (report_id)
WHERE report.is_current
GROUP BY ALL
