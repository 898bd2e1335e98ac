-- Question: how did a quantity develop through the years and editions of the form?
-- Grain:    a current report and a harmonised series. `grade` says how the edition compares with the one before it;
--           `complete` is false where a sum lacks a part that is no number, or only the subtotal is printed:
--           `parts_printed` of `parts` are numbers. `current_id` is one through the renames of an agency.
-- 问题: 某一数量历年、跨表样如何变化？
-- 每行: 一份现行年报的一个可比序列。grade 为该表样与前一版的可比程度；有分项不是数字或只印小计的 complete 为否，parts 项
--       中有 parts_printed 项是数字。机关改名前后 current_id 相同。
-- Example:  SELECT report_year, value, grade FROM series WHERE agency_id = '{agency_id}' AND series_code = 'req_new'
SELECT
    report.agency_id, report.agency_name, report.report_year, report.scope, report.province, report.agency_level,
    report.agency_type, series.series_code, series.value, dim_series.unit, series.edition, dim_series.grade,
    series.parts = series.parts_expected AS complete, report.report_id,
    report.prefecture, report.county, report.verdict, coalesce(doubt.doubt, '') AS doubt,
    series.parts_expected AS parts, series.parts AS parts_printed, today.current_id, report.counted_in
FROM lake.series AS series
JOIN dim_series USING (series_code, edition)
JOIN lake.report AS report USING (report_no)
LEFT JOIN dim_agency_today AS today ON today.agency_id = report.agency_id
LEFT JOIN lake.series_doubt AS doubt
    ON doubt.report_no = series.report_no AND doubt.series_code = series.series_code
WHERE report.is_current
