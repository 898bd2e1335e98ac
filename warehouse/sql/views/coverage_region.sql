-- Question: how complete is what we have, from the country down to a county, and where is it late or missing?
-- Grain:    a region and a year, for all levels of agency together (agency_level null) and for each. The country has no
--           province, a province no prefecture, a prefecture no county (null); '' are the agencies of the region itself.
--           Regions of which nothing was seen are left out; `expected_by_law` counts the governments nobody has seen, too.
-- 问题: 从全国到县，收集得是否齐全，哪里逾期、哪里缺报？
-- 每行: 一个地区的一个年度，各级机关合计（agency_level 为空）和分级各一行。全国行省为空，省级行市为空，市级行县为空；空
--       串表示该地区本级。expected_by_law 含从未见过的政府。
-- Example:  SELECT province, received, expected_by_law FROM coverage_region WHERE report_year = {report_year} AND agency_level IS NULL AND prefecture IS NULL
WITH governments AS (
    -- Those nobody has seen: the Regulation asks them, too, since the reports on 2019.
    SELECT division.province, division.prefecture, division.county, division.level AS agency_level, years.report_year
    FROM dim_division AS division
    CROSS JOIN (SELECT DISTINCT report_year FROM coverage WHERE report_year >= 2019) AS years
    WHERE division.level BETWEEN 1 AND 4 AND division.division_code NOT IN (SELECT agency_id FROM dim_agency)
),
listed AS (
    FROM agency_year
    UNION ALL BY NAME
    SELECT *, 'never seen' AS state, TRUE AS expected_by_law FROM governments
)
SELECT
    province, prefecture, county, agency_level, report_year,
    count(*) FILTER (state NOT IN ('none', 'never seen')) AS expected,
    count(*) FILTER (report_id IS NOT NULL) AS received,
    count(*) FILTER (state = 'pass') AS passed,
    count(*) FILTER (state = 'flagged') AS flagged,
    count(*) FILTER (state = 'quarantined') AS quarantined,
    count(*) FILTER (state = 'missing') AS missing,
    count(*) FILTER (is_late) AS late,
    round(count(*) FILTER (report_id IS NOT NULL)::DOUBLE
        / nullif(count(*) FILTER (state NOT IN ('none', 'never seen')), 0), 6) AS received_rate,
    count(*) FILTER (state = 'unreadable') AS unreadable,
    count(*) FILTER (expected_by_law) AS expected_by_law
FROM listed
GROUP BY GROUPING SETS (
    (report_year), (report_year, agency_level),
    (province, report_year), (province, report_year, agency_level),
    (province, prefecture, report_year), (province, prefecture, report_year, agency_level),
    (province, prefecture, county, report_year), (province, prefecture, county, report_year, agency_level)
)
HAVING count(*) FILTER (state <> 'never seen') > 0
