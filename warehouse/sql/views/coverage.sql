-- Question: whose report of which year is missing?
-- Grain:    an agency and a year, from the first to the last report year in the warehouse.
--           Of several versions the current one speaks, of several scopes the whole area. `expected_by_law` tells whether
--           the Regulation asks for the report: of governments of levels 1 to 4, their offices and departments;
--           coverage_summary counts the governments nobody has seen, too. `is_unreadable`: a file came for it that could
--           not be read as a report with its tables, as far as its source tells whose it is.
-- 问题: 缺谁哪一年的年报？
-- 每行: 一个机关的一个年度，从库中最早到最晚的报告年度。有几个版本的取现行版本，有几种统计范围的取全地区。expected_by_law
--       为依法应报：1 至 4 级政府、办公厅（室）和部门；从未见过的政府见 coverage_summary。is_unreadable 为收到而无法读取。
-- Example:  SELECT agency_name, report_year FROM coverage WHERE expected AND NOT received LIMIT 10
WITH years AS (
    SELECT unnest(generate_series(min(report_year), max(report_year)))::INTEGER AS report_year FROM lake.report
),
dissolved AS (
    SELECT agency_id AS division_code, max(last_year) AS last_year FROM dim_agency_successor GROUP BY agency_id
),
received AS (
    SELECT * FROM lake.report
    QUALIFY row_number() OVER (PARTITION BY agency_id, report_year ORDER BY is_current DESC, scope, version DESC) = 1
),
due AS (
    -- The statutory form is in force since the reports on 2019; a county and its offices report no
    -- more on the year in which they were merged into another.
    SELECT
        dim_agency.agency_id, years.report_year,
        years.report_year BETWEEN 2019 AND coalesce(dissolved.last_year - 1, years.report_year) AS is_due
    FROM dim_agency
    CROSS JOIN years
    LEFT JOIN dissolved USING (division_code)
)
SELECT
    due.agency_id,
    due.report_year,
    received.report_id IS NOT NULL OR due.is_due AS expected,
    received.report_id IS NOT NULL AS received,
    received.verdict,
    CASE
        WHEN received.report_id IS NOT NULL THEN coalesce(received.reason, '')
        WHEN unreadable.reason IS NOT NULL THEN 'unreadable: ' || unreadable.reason
        ELSE 'no document'
    END AS reason,
    dim_agency.agency_name,
    received.report_id,
    due.is_due AND dim_agency.agency_level BETWEEN 1 AND 4
        AND dim_agency.agency_type IN ('gov', 'gov_office', 'dept', 'street', 'township') AS expected_by_law,
    received.report_id IS NULL AND unreadable.reason IS NOT NULL AS is_unreadable
FROM due
JOIN dim_agency USING (agency_id)
LEFT JOIN received ON received.agency_id = due.agency_id AND received.report_year = due.report_year
LEFT JOIN lake.unreadable AS unreadable
    ON unreadable.agency_name = dim_agency.agency_name AND unreadable.report_year = due.report_year
