-- Question: how many requests were made in a province in a year, and how were they decided?
-- Grain:    a province, year, level, type and scope of agency. Levels and scopes are kept apart, because the report of a whole area
--           (scope area) contains those of the agencies in it: never add them up. Sums run over the reports read that
--           print a number (`reports` of them); coverage tells how many are missing.
-- Example:  SELECT province, req_new, deny_rate FROM region_year WHERE report_year = 2023 AND agency_level = 3 AND agency_type = 'gov'
SELECT
    report.province, report.report_year, report.agency_level, report.agency_type, report.scope,
    count(*) FILTER (request.req_new IS NOT NULL) AS reports,
    sum(request.req_new)::DECIMAL(18,6) AS req_new,
    sum(request.res_total)::DECIMAL(18,6) AS res_total,
    sum(request.res_full)::DECIMAL(18,6) AS res_full,
    sum(request.res_partial)::DECIMAL(18,6) AS res_partial,
    sum(request.res_deny)::DECIMAL(18,6) AS res_deny,
    TRY_CAST(
        sum(request.res_deny) FILTER (request.res_total IS NOT NULL)
        / nullif(sum(request.res_total) FILTER (request.res_deny IS NOT NULL), 0) AS DECIMAL(18,6)
    ) AS deny_rate
FROM lake.report AS report
JOIN lake.request AS request ON request.report_no = report.report_no AND request.applicant_code = 'total'
WHERE report.is_current
GROUP BY ALL
