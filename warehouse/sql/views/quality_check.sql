-- Question: which checks does a report pass or fail?
-- Grain:    a check at a place of a report, in the latest run that made it.
-- Example:  SELECT report_id, message_zh FROM quality_check WHERE outcome = 'fail' AND severity = 'statutory'
SELECT
    run_id, report_id, agency_id, report_year, check_code, severity, outcome, attribution, definition,
    evidence, location, expected,
    found, suggested_value, message_zh, message_en
FROM lake.quality_check
WHERE is_current
