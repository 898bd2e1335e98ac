-- Question: how many requests did an agency receive, and how did it decide them?
-- Grain:    a current report, column total. A subtotal is the sum of those parts that are numbers, as the form's
--           identities take it; without any, the subtotal the page prints; null if there is neither.
-- Example:  SELECT agency_name, req_new, res_full / nullif(res_total, 0) AS granted FROM request_summary
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.req_new, request.req_carried_in, request.res_full, request.res_partial, request.res_deny,
    request.res_unable, request.res_reject, request.res_other, request.res_total, request.req_carried_out
FROM lake.report AS report
LEFT JOIN lake.request AS request ON request.report_no = report.report_no AND request.applicant_code = 'total'
WHERE report.is_current
