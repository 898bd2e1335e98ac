-- Agencies whose report is missing.
SELECT report_year, agency_id, agency_name
FROM coverage
WHERE expected AND NOT received AND report_year = coalesce(NULL /* year */, report_year)
ORDER BY report_year, agency_id
