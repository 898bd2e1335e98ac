-- Question: what did every check of every report find, in every run?
-- Grain:    a check at a place of a report in a run; nothing is dropped. Of a report and check code the newest commit
--           stands, unless the document was read again since.
-- Example:  SELECT run_id, outcome, count(*) FROM lake.quality_check GROUP BY ALL
SELECT
    block_report.report_no, quality_check.*,
    coalesce(quality_check.commit_seq >= block_report.read_seq, FALSE)
        AND quality_check.commit_seq = max(quality_check.commit_seq) OVER (
            PARTITION BY block_report.report_no, quality_check.check_code
        ) AS is_current
FROM committed_quality_check AS quality_check
LEFT JOIN block_report USING (report_id)  -- checks of the store as a whole are about no report
ORDER BY report_no, check_code, commit_seq, location
