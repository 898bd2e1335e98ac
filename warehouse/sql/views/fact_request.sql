-- Question: what do current reports state in section 三?
-- Grain:    a printed cell of a current report; cells the page lacks are left out. The column 总计 and
--           line （七） are totals of others (`is_total`).
-- 问题: 现行年报第三部分填了什么？
-- 每行: 现行年报印出的一格；页面没有的格不在内。“总计”列和第（七）行是其他格的合计（is_total）。
-- Example:  SELECT report_year, applicant_code, value FROM fact_request WHERE agency_id = '{agency_id}' AND indicator_code = 'req_new'
SELECT
    agency_id, report_year, scope, edition, indicator_code, applicant_code, value, unit, kind, printed, method, issue,
    suggested_value, report_id, doubt, doubt_codes, value_best, value_basis, is_total, indicator_zh, indicator_en, verdict,
    agency_name, province, prefecture, county, agency_level, agency_type, counted_in
FROM fact
WHERE table_key = 'requests'
