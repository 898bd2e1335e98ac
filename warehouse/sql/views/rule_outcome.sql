-- Question: which rules fail most, and whose fault is it?
-- Grain:    a rule, its outcome and attribution, over all reports as last read, and for each year, province, and both (null
--           is all of them). `places` counts checks, `reports` the reports they are in.
-- Example:  SELECT check_code, reports FROM rule_outcome WHERE outcome = 'fail' AND report_year = 2023 AND province IS NULL
SELECT
    quality_check.check_code, quality_check.severity, quality_check.outcome, quality_check.attribution,
    report.report_year, report.province,
    count(*) AS places,
    count(DISTINCT quality_check.report_no) AS reports
FROM lake.quality_check AS quality_check
JOIN lake.report AS report USING (report_no)
WHERE quality_check.is_current AND quality_check.outcome IN ('fail', 'not_evaluable')
GROUP BY GROUPING SETS (
    (check_code, severity, outcome, attribution),
    (check_code, severity, outcome, attribution, report.report_year),
    (check_code, severity, outcome, attribution, report.province),
    (check_code, severity, outcome, attribution, report.report_year, report.province)
)
HAVING (report.report_year IS NOT NULL OR grouping(report.report_year) = 1)
    AND (report.province IS NOT NULL OR grouping(report.province) = 1)
