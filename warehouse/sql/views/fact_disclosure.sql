-- Question: what do current reports state in section 二?
-- Grain:    a printed cell of a current report; cells the page lacks are left out.
-- Example:  SELECT report_year, value FROM fact_disclosure WHERE agency_id = '321300000000' AND indicator_code = 'rules_issued'
SELECT
    agency_id, report_year, scope, edition, indicator_code, value, unit, kind, printed, method, issue,
    suggested_value, report_id, doubt, doubt_codes, value_best, value_basis, is_total, indicator_zh, indicator_en, verdict
FROM fact
WHERE table_key = 'proactive'
