-- Question: what stands in section 四, as columns?
-- Grain:    a report as last read; null where the page prints no number.
-- Example:  SELECT max(rev_total) FROM lake.review
SELECT
    report_no,
    {figures review}
FROM new_figure
WHERE table_key = 'review'
GROUP BY report_no
ORDER BY report_no
