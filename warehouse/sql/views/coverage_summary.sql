-- Question: how complete is what we have, by province, year and level?
-- Grain:    a province, year and level of agency, of all agencies ever seen.
-- Example:  SELECT province, received / expected FROM coverage_summary WHERE report_year = 2023 AND agency_level = 3
SELECT
    dim_agency.province, coverage.report_year, dim_agency.agency_level,
    count(*) FILTER (coverage.expected) AS expected,
    count(*) FILTER (coverage.received) AS received,
    count(*) FILTER (coverage.verdict = 'pass') AS passed,
    count(*) FILTER (coverage.verdict = 'flagged') AS flagged,
    count(*) FILTER (coverage.verdict = 'quarantined') AS quarantined
FROM coverage
JOIN dim_agency USING (agency_id)
GROUP BY ALL
