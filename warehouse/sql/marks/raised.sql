-- Question: which reports are flagged for what only a comparison with others shows?
-- Grain:    a report as last read that fails a rule which flags (rules.yaml).
-- Example:  SELECT report_no, reason FROM lake.raised
SELECT
    report_no, string_agg(check_code || ': ' || found, '; ' ORDER BY check_code, location) AS reason
FROM lake.quality_check
WHERE is_current AND outcome = 'fail' AND report_no IS NOT NULL
    AND check_code IN (SELECT check_code FROM catalogue_rule WHERE flags)
GROUP BY report_no
ORDER BY report_no
