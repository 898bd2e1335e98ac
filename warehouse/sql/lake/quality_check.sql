-- Question: what did every check of every report find, in every run?
-- Grain:    a check at a place of a report in a run; nothing is dropped. Of a report and check code the newest commit
--           stands, unless the document was read again since.
-- Example:  SELECT run_id, outcome, count(*) FROM lake.quality_check GROUP BY ALL
WITH newest AS (
    SELECT quality_check.report_id, check_code, max(quality_check.commit_seq) AS commit_seq
    FROM committed_quality_check AS quality_check
    JOIN lake.report USING (report_id)
    JOIN lake.document
        ON document.document_sha256 = report.document_sha256
        AND document.outcome = 'report'
        AND document.commit_seq <= quality_check.commit_seq
    GROUP BY ALL
)
SELECT quality_check.*, newest.commit_seq IS NOT NULL AS is_current
FROM committed_quality_check AS quality_check
LEFT JOIN newest USING (report_id, check_code, commit_seq)
