-- Question: what does an agency report for a year, indicator by indicator?
-- Grain:    an indicator (and kind of applicant) of a current report that is not quarantined; the fact_… views together.
--           Totals stand beside their parts (`is_total`): fact_detail has none. A figure in doubt says so (`doubt`,
--           `doubt_codes`): trusted has none. `value_best` is the value a reviewer or the only solution of the identities
--           gives, else the one printed.
-- 问题: 某机关某年度各指标是多少？
-- 每行: 未隔离的现行年报的一个指标（及申请人类别），即各 fact_ 视图之和。合计与其分项并列（is_total）：fact_detail 没有
--       合计。存疑的有标注（doubt、doubt_codes）：trusted 没有存疑的。value_best 为复核更正的值，其次唯一建议值，否则为
--       印出的值。
-- Example:  SELECT agency_name, value, doubt FROM fact WHERE report_year = {report_year} AND indicator_code = 'req_new' AND applicant_code = 'total'
SELECT
    report.agency_id, report.agency_name, report.report_year, report.scope, cell.edition,
    cell.indicator_code, cell.applicant_code, cell.value, cell.unit, cell.kind, cell.printed,
    cell.method, cell.suggested_value, report.report_id, report.document_sha256, report.source_name,
    cell.issue, cell.correction,
    coalesce(doubt.doubt, '') AS doubt, coalesce(doubt.doubt_codes, '') AS doubt_codes,
{best}
    cell.is_total, indicator.label_zh AS indicator_zh, indicator.label_en AS indicator_en,
    cell.table_key, report.verdict, report.agency_level, report.agency_type, report.province, report.prefecture,
    report.county, report.counted_in
FROM lake.cell
-- Before the reports, so that the many cells are held against the few doubts and not the other way round.
LEFT JOIN lake.doubt AS doubt
    ON doubt.report_no = cell.report_no AND doubt.indicator_code = cell.indicator_code
    AND doubt.applicant_code = cell.applicant_code
JOIN lake.report ON report.report_no = cell.report_no
LEFT JOIN dim_indicator_edition AS indicator
    ON indicator.edition = cell.edition AND indicator.indicator_code = cell.indicator_code
WHERE report.is_current AND cell.kind <> 'missing'
