-- Question: whose report of which year is missing?
-- Grain:    an agency and a year, from the first to the last report year in the warehouse.
--           Of several versions the current one speaks, of several scopes the whole area.
-- Example:  SELECT agency_name, report_year FROM coverage WHERE expected AND NOT received
WITH years AS (
    SELECT unnest(generate_series(min(report_year), max(report_year)))::INTEGER AS report_year FROM lake.report
),
dissolved AS (
    SELECT agency_id AS division_code, max(last_year) AS last_year FROM dim_agency_successor GROUP BY agency_id
),
received AS (
    SELECT * FROM lake.report
    QUALIFY row_number() OVER (PARTITION BY agency_id, report_year ORDER BY is_current DESC, scope, version DESC) = 1
)
SELECT
    dim_agency.agency_id,
    years.report_year,
    -- The statutory form is in force since the reports on 2019; a county and its offices report no
    -- more on the year in which they were merged into another.
    received.report_id IS NOT NULL
        OR years.report_year BETWEEN 2019 AND coalesce(dissolved.last_year - 1, years.report_year) AS expected,
    received.report_id IS NOT NULL AS received,
    received.verdict,
    CASE WHEN received.report_id IS NULL THEN 'no document' ELSE coalesce(received.reason, '') END AS reason,
    dim_agency.agency_name,
    received.report_id
FROM dim_agency
CROSS JOIN years
LEFT JOIN dissolved USING (division_code)
LEFT JOIN received ON received.agency_id = dim_agency.agency_id AND received.report_year = years.report_year
