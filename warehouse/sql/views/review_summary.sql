-- Question: how often was an agency's disclosure taken to review or to court, and with what outcome?
-- Grain:    a current report; null where the page prints no number.
-- Example:  SELECT agency_name, rev_corrected, rev_total FROM review_summary WHERE rev_corrected > 0
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    review.rev_upheld, review.rev_corrected, review.rev_other, review.rev_pending, review.rev_total,
    review.lit_direct_upheld, review.lit_direct_corrected, review.lit_direct_other, review.lit_direct_pending,
    review.lit_direct_total, review.lit_after_rev_upheld, review.lit_after_rev_corrected, review.lit_after_rev_other,
    review.lit_after_rev_pending, review.lit_after_rev_total
FROM lake.report AS report
LEFT JOIN lake.review AS review USING (report_no)
WHERE report.is_current
