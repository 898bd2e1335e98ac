-- Question: how many requests did an agency receive, and how did it decide them?
-- Grain:    a current report, column total. A subtotal is the sum of those parts that are numbers, as the form's
--           identities take it; without any, the subtotal the page prints; null if there is neither.
-- Example:  SELECT agency_name, req_new, res_full / nullif(res_total, 0) AS granted FROM request_summary
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    max(value) FILTER (indicator_code = 'req_new') AS req_new,
    max(value) FILTER (indicator_code = 'req_carried_in') AS req_carried_in,
    max(value) FILTER (indicator_code = 'res_full') AS res_full,
    max(value) FILTER (indicator_code = 'res_partial') AS res_partial,
    coalesce(
        sum(value) FILTER (starts_with(indicator_code, 'res_deny_')), max(value) FILTER (indicator_code = 'res_deny')
    )::DECIMAL(18,6) AS res_deny,
    coalesce(
        sum(value) FILTER (starts_with(indicator_code, 'res_unable_')), max(value) FILTER (indicator_code = 'res_unable')
    )::DECIMAL(18,6) AS res_unable,
    coalesce(
        sum(value) FILTER (starts_with(indicator_code, 'res_reject_')), max(value) FILTER (indicator_code = 'res_reject')
    )::DECIMAL(18,6) AS res_reject,
    coalesce(
        sum(value) FILTER (starts_with(indicator_code, 'res_other_')), max(value) FILTER (indicator_code = 'res_other')
    )::DECIMAL(18,6) AS res_other,
    max(value) FILTER (indicator_code = 'res_total') AS res_total,
    max(value) FILTER (indicator_code = 'req_carried_out') AS req_carried_out
FROM lake.report AS report
LEFT JOIN fact_request AS fact ON fact.report_id = report.report_id AND fact.applicant_code = 'total'
WHERE report.is_current
GROUP BY ALL
