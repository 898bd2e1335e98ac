-- Question: what stands in section 四, as columns?
-- Grain:    a report as last read; null where the page prints no number.
-- Example:  SELECT max(rev_total) FROM lake.review
SELECT
    report_no,
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
FROM new_cell
WHERE table_key = 'review'
GROUP BY report_no
ORDER BY report_no
