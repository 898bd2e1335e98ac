-- Question: which share of the requests an agency closed was granted, refused, not provided, not processed?
-- Grain:    a current report, column total. Each rate is a share of res_total; null where that is 0, blank or missing, or
--           where the part is no number. A subtotal counts those of its parts that are numbers (request_summary).
-- Example:  SELECT agency_name, deny_rate FROM request_rates WHERE report_year = 2023 ORDER BY deny_rate DESC LIMIT 10
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    report.province, report.agency_level, report.agency_type, request.req_new, request.res_total,
    TRY_CAST((request.res_full + request.res_partial) / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS grant_rate,
    TRY_CAST(request.res_full / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS full_rate,
    TRY_CAST(request.res_partial / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS partial_rate,
    TRY_CAST(request.res_deny / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS deny_rate,
    TRY_CAST(request.res_unable / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS unable_rate,
    TRY_CAST(request.res_reject / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS reject_rate,
    TRY_CAST(request.res_other / nullif(request.res_total, 0) AS DECIMAL(18,6)) AS other_rate,
    TRY_CAST(
        request.req_carried_out / nullif(request.req_new + request.req_carried_in, 0) AS DECIMAL(18,6)
    ) AS open_rate
FROM lake.report AS report
JOIN lake.request AS request ON request.report_no = report.report_no AND request.applicant_code = 'total'
WHERE report.is_current
