-- Question: which checks does a report pass or fail?
-- Grain:    a check at a place of a report, in the latest run that made it.
-- 问题: 年报通过或未通过哪些检查？
-- 每行: 最近一次运行中，一份年报一处的一项检查。
-- Example:  SELECT report_id, outcome, message_en FROM quality_check WHERE outcome <> 'not_applicable' LIMIT 10
SELECT
    run_id, report_id, agency_id, report_year, check_code, severity, outcome, attribution, definition,
    evidence, location, expected,
    found, suggested_value, message_zh, message_en
FROM lake.quality_check
WHERE is_current
