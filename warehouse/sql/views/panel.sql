-- Question: what are the main figures of every report, side by side?
-- Grain:    a current report: place, level, type, scope, verdict, doubts, twenty main figures as harmonised series
--           (dim_series tells how editions compare) and rates. `doubt` is the worst of the whole report.
-- 问题: 各份年报的主要数字并排看是多少？
-- 每行: 一份现行年报：位置、层级、类型、统计范围、结论、存疑，二十个主要数字（可比序列，可比程度见 dim_series）和比率。doubt
--       为整份年报中最重的。
-- Example:  SELECT agency_name, req_new, deny_rate, doubt FROM panel WHERE report_year = {report_year}
WITH figure AS (
    SELECT
        report_no,
        max(value) FILTER (series_code = 'req_new')::BIGINT AS req_new,
        max(value) FILTER (series_code = 'req_carried_in')::BIGINT AS req_carried_in,
        max(value) FILTER (series_code = 'req_carried_out')::BIGINT AS req_carried_out,
        max(value) FILTER (series_code = 'req_closed')::BIGINT AS req_closed,
        max(value) FILTER (series_code = 'res_full')::BIGINT AS res_full,
        max(value) FILTER (series_code = 'res_partial')::BIGINT AS res_partial,
        max(value) FILTER (series_code = 'res_deny')::BIGINT AS res_deny,
        max(value) FILTER (series_code = 'res_unable')::BIGINT AS res_unable,
        max(value) FILTER (series_code = 'res_reject')::BIGINT AS res_reject,
        max(value) FILTER (series_code = 'res_other')::BIGINT AS res_other,
        max(value) FILTER (series_code = 'rev_total')::BIGINT AS rev_total,
        max(value) FILTER (series_code = 'rev_corrected')::BIGINT AS rev_corrected,
        max(value) FILTER (series_code = 'lit_total')::BIGINT AS lit_total,
        max(value) FILTER (series_code = 'lit_corrected')::BIGINT AS lit_corrected,
        max(value) FILTER (series_code = 'rules_issued')::BIGINT AS rules_issued,
        max(value) FILTER (series_code = 'normdoc_issued')::BIGINT AS normdoc_issued,
        max(value) FILTER (series_code = 'normdoc_stock')::BIGINT AS normdoc_stock,
        max(value) FILTER (series_code = 'licence_decisions')::BIGINT AS licence_decisions,
        max(value) FILTER (series_code = 'penalty_decisions')::BIGINT AS penalty_decisions,
        max(value) FILTER (series_code = 'coercion_decisions')::BIGINT AS coercion_decisions,
        sum(parts_expected)::INTEGER AS parts, sum(parts)::INTEGER AS parts_printed
    FROM lake.series
    GROUP BY report_no
)
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type, report.verdict,
    greatest(coalesce(doubt.doubt, ''), coalesce(rates.doubt, '')) AS doubt,
    coalesce(doubt.doubt_codes, '') AS doubt_codes, coalesce(doubt.cells, 0) AS doubtful_cells,
    figure.* EXCLUDE (report_no, parts, parts_printed), disclosure.fee_amount_10k,
    rates.grant_rate, rates.deny_rate, rates.unable_rate, rates.reject_rate, rates.open_rate,
    figure.parts, figure.parts_printed, report.published_on, report.source_name, report.counted_in
FROM lake.report AS report
LEFT JOIN figure USING (report_no)
LEFT JOIN lake.disclosure AS disclosure USING (report_no)
LEFT JOIN request_rates AS rates USING (report_id)
LEFT JOIN lake.report_doubt AS doubt USING (report_no)
WHERE report.is_current
