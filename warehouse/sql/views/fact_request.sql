-- Question: what do current reports state in section 三?
-- Grain:    a printed cell of a current report; cells the page lacks are left out. The column 总计 and
--           line （七） are totals of others (`is_total`).
-- Example:  SELECT report_year, value FROM fact_request WHERE agency_id = '321300000000' AND indicator_code = 'req_new'
SELECT
    agency_id, report_year, scope, edition, indicator_code, applicant_code, value, unit, kind, printed, method, issue,
    suggested_value, report_id, doubt, doubt_codes, value_best, value_basis, is_total, indicator_zh, indicator_en, verdict
FROM fact
WHERE table_key = 'requests'
