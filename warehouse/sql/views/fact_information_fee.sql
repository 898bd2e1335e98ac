-- Question: what do current reports state in section 六 about the information-processing fee?
-- Grain:    a printed cell of a current report; cells the page lacks are left out.
-- 问题: 现行年报第六部分所述信息处理费多少？
-- 每行: 现行年报印出的一格；页面没有的格不在内。
-- Example:  SELECT report_year, value FROM fact_information_fee WHERE indicator_code = 'infofee_collected_yuan'
SELECT
    agency_id, report_year, scope, edition, indicator_code, value, unit, kind, printed, method, issue,
    suggested_value, report_id, doubt, doubt_codes, value_best, value_basis, is_total, indicator_zh, indicator_en, verdict,
    agency_name, province, prefecture, county, agency_level, agency_type, counted_in
FROM fact
WHERE table_key = 'fees'
