-- Reports expected and received, by year, province and level.
SELECT report_year, province, agency_level, expected, received, passed, flagged, quarantined
FROM coverage_summary
WHERE report_year = coalesce(NULL /* year */, report_year)
ORDER BY report_year, province, agency_level
