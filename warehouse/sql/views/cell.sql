-- Question: what exactly does the page print, and where?
-- Grain:    a cell of a report as last read, quarantined reports and old versions included.
-- 问题: 页面上究竟印了什么，印在哪里？
-- 每行: 最近一次读取的年报的一格，含隔离的和旧的版本。
-- Example:  SELECT indicator_code, printed, source_name, place FROM cell WHERE report_id = '{report_id}' LIMIT 10
SELECT
    report.report_id, cell.* EXCLUDE report_no, report.agency_id, report.agency_name, report.report_year,
    report.document_sha256, report.source_name, report.is_current, report.verdict, coalesce(doubt.doubt, '') AS doubt,
    report.scope, report.agency_level, report.agency_type, report.province, report.prefecture, report.county,
    report.counted_in
FROM lake.cell
LEFT JOIN lake.doubt AS doubt
    ON doubt.report_no = cell.report_no AND doubt.indicator_code = cell.indicator_code
    AND doubt.applicant_code = cell.applicant_code
JOIN lake.report ON report.report_no = cell.report_no
