-- Question: what changed against the year before, and may the two be compared?
-- Grain:    a current report and a harmonised series; `value_before` is null unless the year before was read.
--           `is_break` is true where the form changed in between and the series does not compare as the same (not grade A).
--           `doubt` is the worse of both years. An agency that a reform renamed is the same agency.
-- 问题: 与上一年相比有何变化，两年可比吗？
-- 每行: 一份现行年报的一个可比序列；上一年未读取的，value_before 为空。其间表样变更且口径不完全相同（非 A 级）的 is_break
--       为真。doubt 取两年中较重的。机构改革中改名的机关视为同一机关。
-- Example:  SELECT agency_name, report_year, value_before, change FROM year_on_year WHERE series_code = 'req_new'
WITH paired AS (
    SELECT
        *,
        lag(report_year) OVER years = report_year - 1 AS is_next,
        lag(value) OVER years AS value_lag,
        lag(edition) OVER years AS edition_lag,
        lag(doubt) OVER years AS doubt_lag,
        lag(parts_printed) OVER years AS parts_printed_lag
    FROM series
    WINDOW years AS (PARTITION BY series_code, current_id, scope ORDER BY report_year)
)
SELECT
    agency_id, agency_name, report_year, scope, province, agency_level, agency_type, series_code, value, unit, edition,
    CASE WHEN is_next THEN value_lag END AS value_before,
    CASE WHEN is_next THEN edition_lag END AS edition_before,
    TRY_CAST(CASE WHEN is_next THEN value - value_lag END AS DECIMAL(18,6)) AS change,
    CASE WHEN is_next THEN round((value - value_lag)::DOUBLE / nullif(value_lag, 0), 6) END AS change_rate,
    coalesce(is_next AND edition <> edition_lag AND grade <> 'A', FALSE) AS is_break,
    report_id, prefecture, county, verdict,
    CASE WHEN is_next THEN greatest(doubt, doubt_lag) ELSE doubt END AS doubt,
    parts, parts_printed, CASE WHEN is_next THEN parts_printed_lag END AS parts_printed_before,
    counted_in
FROM paired
