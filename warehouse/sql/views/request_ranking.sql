-- Question: where does an agency stand among those of its kind, in its province and nationwide?
-- Grain:    a current report with a number of requests; rank 1 has the most. Compared are agencies of the same level, type,
--           scope and year, and only those that were read (see coverage).
-- Example:  SELECT rank_in_province, of_in_province FROM request_ranking WHERE agency_id = '320813000000' AND report_year = 2023
SELECT
    report_id, agency_id, agency_name, report_year, scope, province, agency_level, agency_type, req_new, deny_rate,
    rank() OVER (PARTITION BY report_year, agency_level, agency_type, scope, province ORDER BY req_new DESC)
        AS rank_in_province,
    count(*) OVER (PARTITION BY report_year, agency_level, agency_type, scope, province) AS of_in_province,
    rank() OVER (PARTITION BY report_year, agency_level, agency_type, scope ORDER BY req_new DESC) AS rank_nationwide,
    count(*) OVER (PARTITION BY report_year, agency_level, agency_type, scope) AS of_nationwide,
    CASE WHEN deny_rate IS NOT NULL THEN rank() OVER (
        PARTITION BY report_year, agency_level, agency_type, scope, province, deny_rate IS NULL ORDER BY deny_rate DESC
    ) END AS deny_rank_in_province
FROM request_rates
WHERE req_new IS NOT NULL
