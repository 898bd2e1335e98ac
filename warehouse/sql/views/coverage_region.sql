-- Question: how complete is what we have, from the country down to a county, and where is it late or missing?
-- Grain:    a region and a year, for all levels of agency together (agency_level null) and for each. The country has no
--           province, a province no prefecture, a prefecture no county (null); '' are the agencies of the region itself.
-- Example:  SELECT county, missing FROM coverage_region WHERE prefecture = '淮安市' AND county <> '' AND report_year = 2023 AND agency_level IS NULL
SELECT
    province, prefecture, county, agency_level, report_year,
    count(*) FILTER (state <> 'none') AS expected,
    count(*) FILTER (report_id IS NOT NULL) AS received,
    count(*) FILTER (state = 'pass') AS passed,
    count(*) FILTER (state = 'flagged') AS flagged,
    count(*) FILTER (state = 'quarantined') AS quarantined,
    count(*) FILTER (state = 'missing') AS missing,
    count(*) FILTER (is_late) AS late,
    round(count(*) FILTER (report_id IS NOT NULL)::DOUBLE / nullif(count(*) FILTER (state <> 'none'), 0), 6) AS received_rate,
    count(*) FILTER (state = 'unreadable') AS unreadable
FROM agency_year
GROUP BY GROUPING SETS (
    (report_year), (report_year, agency_level),
    (province, report_year), (province, report_year, agency_level),
    (province, prefecture, report_year), (province, prefecture, report_year, agency_level),
    (province, prefecture, county, report_year), (province, prefecture, county, report_year, agency_level)
)
