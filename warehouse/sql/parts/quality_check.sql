-- Question: what did every check of every report find, in every run?
-- Grain:    a check at a place of a report in a run; nothing is dropped. Of a report and check code the newest commit
--           stands, unless the document was read again since.
-- Example:  SELECT run_id, outcome, count(*) FROM lake.quality_check GROUP BY ALL
WITH newest AS (
    SELECT report_id, check_code, max(commit_seq) AS newest_seq FROM committed_quality_check GROUP BY ALL
)
SELECT
    block_report.report_no, quality_check.*,
    coalesce(quality_check.commit_seq >= block_report.read_seq AND quality_check.commit_seq = newest.newest_seq, FALSE)
        AS is_current
FROM committed_quality_check AS quality_check
JOIN newest USING (report_id, check_code)
LEFT JOIN block_report USING (report_id)  -- checks of the store as a whole are about no report
ORDER BY report_no, check_code, commit_seq, location
