-- Question: which rules fail most, and whose fault is it?
-- Grain:    a rule, its outcome and attribution, over all reports as last read, and for each year, province, and both (null
--           is all of them). `places` counts checks, `reports` the reports they are in.
-- 问题: 哪些规则最常不成立，是谁的问题？
-- 每行: 一项规则的一种结果和归因，分别按全部、年度、省、省和年度计（空为合计）。places 为处数，reports 为所涉年报数。
-- Example:  SELECT check_code, outcome, reports FROM rule_outcome WHERE report_year IS NULL AND province IS NULL ORDER BY reports DESC
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
