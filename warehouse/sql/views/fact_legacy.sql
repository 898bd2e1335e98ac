-- Question: what do current reports state in the statistical forms before 2019?
-- Grain:    a printed cell of a current report; cells the page lacks are left out.
-- Example:  SELECT report_year, value FROM fact_legacy WHERE indicator_code = 'lg_req_received'
SELECT
    agency_id, report_year, scope, edition, indicator_code, value, unit, kind, printed, method, issue,
    suggested_value, report_id, doubt, doubt_codes, value_best, value_basis, is_total, indicator_zh, indicator_en, verdict
FROM fact
WHERE table_key = 'statistics'
