-- Question: which printed numbers should be others, so that the sums of the form hold?
-- Grain:    a cell of a current report with a suggestion. The printed value stays.
-- 问题: 哪些数字应当是另一个数，勾稽才成立？
-- 每行: 现行年报中有建议值的一格；原文不改。
-- Example:  SELECT agency_name, indicator_code, printed, suggested_value FROM suggestion LIMIT 10
SELECT
    report.report_id, report.agency_id, report.agency_name, report.province, report.report_year, cell.edition,
    cell.indicator_code, cell.applicant_code, cell.printed, cell.kind, cell.value, cell.suggested_value, cell.unit,
    cell.is_total, report.verdict, coalesce(doubt.doubt, '') AS doubt, report.scope, report.agency_level,
    report.agency_type, report.prefecture, report.county, report.counted_in
FROM lake.cell
JOIN lake.report USING (report_no)
LEFT JOIN lake.doubt AS doubt USING (report_no, indicator_code, applicant_code)
WHERE report.is_current AND cell.suggested_value IS NOT NULL
