-- Question: which share of the requests an agency closed was granted, refused, not provided, not processed?
-- Grain:    a current report, column total. Each rate is a share of res_total; null where that is 0, blank or missing, or
--           where the part is no number. A share of more than all of them is impossible: it is null, and the row in
--           doubt. The subtotals rest on `parts_printed` of `parts` lines.
-- 问题: 办结的申请中，公开、不予公开、无法提供、不予处理各占多少？
-- 每行: 一份现行年报的“总计”列。各比率为占 res_total 之比；总计为 0、空白、缺失或分子不是数字的为空。大于 1 的不可能，为
--       空，且该行存疑。小计的 parts 项中有 parts_printed 项是数字。
-- Example:  SELECT agency_name, deny_rate FROM request_rates WHERE report_year = {report_year} ORDER BY deny_rate DESC NULLS LAST LIMIT 10
WITH share AS (
    SELECT
        *,
        round((res_full + res_partial)::DOUBLE / nullif(res_total, 0), 6) AS grant_rate,
        round(res_full::DOUBLE / nullif(res_total, 0), 6) AS full_rate,
        round(res_partial::DOUBLE / nullif(res_total, 0), 6) AS partial_rate,
        round(res_deny::DOUBLE / nullif(res_total, 0), 6) AS deny_rate,
        round(res_unable::DOUBLE / nullif(res_total, 0), 6) AS unable_rate,
        round(res_reject::DOUBLE / nullif(res_total, 0), 6) AS reject_rate,
        round(res_other::DOUBLE / nullif(res_total, 0), 6) AS other_rate,
        round(req_carried_out::DOUBLE / nullif(req_new + req_carried_in, 0), 6) AS open_rate
    FROM request_summary
),
listed AS (
    SELECT
        *,
        [grant_rate, full_rate, partial_rate, deny_rate, unable_rate, reject_rate, other_rate, open_rate] AS rates
    FROM share
)
SELECT
    report_id, agency_id, agency_name, report_year, scope, edition, province, agency_level, agency_type, req_new, res_total,
    CASE WHEN grant_rate BETWEEN 0 AND 1 THEN grant_rate END AS grant_rate,
    CASE WHEN full_rate BETWEEN 0 AND 1 THEN full_rate END AS full_rate,
    CASE WHEN partial_rate BETWEEN 0 AND 1 THEN partial_rate END AS partial_rate,
    CASE WHEN deny_rate BETWEEN 0 AND 1 THEN deny_rate END AS deny_rate,
    CASE WHEN unable_rate BETWEEN 0 AND 1 THEN unable_rate END AS unable_rate,
    CASE WHEN reject_rate BETWEEN 0 AND 1 THEN reject_rate END AS reject_rate,
    CASE WHEN other_rate BETWEEN 0 AND 1 THEN other_rate END AS other_rate,
    CASE WHEN open_rate BETWEEN 0 AND 1 THEN open_rate END AS open_rate,
    prefecture, county, verdict,
    CASE
        WHEN list_max(rates) > 1 OR list_min(rates) < 0 THEN greatest(doubt, 'identity')
        ELSE doubt
    END AS doubt,
    {sum of parts requests} AS parts,
    {sum of parts_printed requests} AS parts_printed,
    counted_in
FROM listed
