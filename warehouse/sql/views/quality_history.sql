-- Question: how did quality develop from run to run?
-- Grain:    a check at a place of a report in a run, for all runs.
-- 问题: 历次运行中质量如何变化？
-- 每行: 任一次运行中，一份年报一处的一项检查。
-- Example:  SELECT run_id, count(*) FILTER (outcome = 'fail') FROM quality_history GROUP BY run_id ORDER BY run_id
SELECT
    run_id, report_id, agency_id, report_year, check_code, severity, outcome, attribution, definition,
    evidence, location, expected,
    found, suggested_value, message_zh, message_en, is_current
FROM lake.quality_check
