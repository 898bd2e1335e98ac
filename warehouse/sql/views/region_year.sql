-- Question: how many requests were made in a province in a year, and how were they decided?
-- Grain:    a province, year, level, type and scope of agency. Levels and scopes are kept apart, because the report of a whole area
--           (scope area) contains those of the agencies in it: never add them up. Sums run over the reports read that
--           print a number (`reports` of them, `reports_doubtful` with a figure in doubt); `…_trusted` leaves these out.
--           A rate above 1 is impossible and null. Coverage tells how many reports are missing.
-- 问题: 某省某年度收到多少申请，怎样答复？
-- 每行: 一个省、年度、层级、类型、统计范围。全地区年报（area）包含所属机关，各层级、各范围不可相加。合计只计印有数字的年
--       报（reports 份，其中 reports_doubtful 份依据存疑数字），…_trusted 不计存疑的。大于 1 的比率不可能，为空。缺多少
--       年报见 coverage。
-- Example:  SELECT province, agency_level, scope, req_new, deny_rate FROM region_year WHERE report_year = {report_year}
WITH summed AS (
    SELECT
        province, report_year, agency_level, agency_type, scope,
        count(req_new) AS reports,
        sum(req_new)::BIGINT AS req_new,
        sum(res_total)::BIGINT AS res_total,
        sum(res_full)::BIGINT AS res_full,
        sum(res_partial)::BIGINT AS res_partial,
        sum(res_deny)::BIGINT AS res_deny,
        sum(res_deny) FILTER (res_total IS NOT NULL)::DOUBLE
            / nullif(sum(res_total) FILTER (res_deny IS NOT NULL), 0) AS deny_rate,
        count(*) FILTER (req_new IS NOT NULL AND doubt <> '') AS reports_doubtful,
        max(doubt) AS doubt,
        (sum(req_new) FILTER (doubt = ''))::BIGINT AS req_new_trusted,
        (sum(res_total) FILTER (doubt = ''))::BIGINT AS res_total_trusted,
        (sum(res_full) FILTER (doubt = ''))::BIGINT AS res_full_trusted,
        (sum(res_partial) FILTER (doubt = ''))::BIGINT AS res_partial_trusted,
        (sum(res_deny) FILTER (doubt = ''))::BIGINT AS res_deny_trusted,
        sum(res_deny) FILTER (res_total IS NOT NULL AND doubt = '')::DOUBLE
            / nullif(sum(res_total) FILTER (res_deny IS NOT NULL AND doubt = ''), 0) AS deny_rate_trusted,
        sum(res_deny_parts)::BIGINT AS parts, sum(res_deny_parts_printed)::BIGINT AS parts_printed
    FROM request_summary
    GROUP BY ALL
)
SELECT * REPLACE (
    CASE WHEN deny_rate BETWEEN 0 AND 1 THEN round(deny_rate, 6) END AS deny_rate,
    CASE WHEN deny_rate_trusted BETWEEN 0 AND 1 THEN round(deny_rate_trusted, 6) END AS deny_rate_trusted,
    CASE WHEN deny_rate NOT BETWEEN 0 AND 1 THEN greatest(doubt, 'identity') ELSE doubt END AS doubt
)
FROM summed
