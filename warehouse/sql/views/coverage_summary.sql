-- Question: how complete is what we have, by province, year and level?
-- Grain:    a province, year and level of agency of which something was seen. `expected` counts agencies ever seen,
--           `expected_by_law` every government there is and the departments and offices seen.
-- 问题: 各省、年度、层级收集得是否齐全？
-- 每行: 见过年报的一个省、年度、层级。expected 只数见过的机关，expected_by_law 数全部政府和见过的部门、办公厅（室）。
-- Example:  SELECT province, agency_level, received, expected_by_law FROM coverage_summary WHERE report_year = {report_year}
WITH government AS (
    SELECT province, level AS agency_level, count(*) AS governments FROM dim_division
    WHERE level BETWEEN 1 AND 4 GROUP BY ALL
)
SELECT
    dim_agency.province, coverage.report_year, dim_agency.agency_level,
    count(*) FILTER (coverage.expected) AS expected,
    count(*) FILTER (coverage.received) AS received,
    count(*) FILTER (coverage.verdict = 'pass') AS passed,
    count(*) FILTER (coverage.verdict = 'flagged') AS flagged,
    count(*) FILTER (coverage.verdict = 'quarantined') AS quarantined,
    CASE WHEN coverage.report_year >= 2019 THEN
        count(*) FILTER (coverage.expected_by_law AND dim_agency.agency_id <> dim_agency.division_code)
        + coalesce(any_value(government.governments), 0)
    ELSE 0 END AS expected_by_law,
    count(*) FILTER (coverage.is_unreadable) AS unreadable
FROM coverage
JOIN dim_agency USING (agency_id)
LEFT JOIN government USING (province, agency_level)
GROUP BY dim_agency.province, coverage.report_year, dim_agency.agency_level
