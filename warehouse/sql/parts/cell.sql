-- Question: what does the page print in each cell of the statutory tables, and where?
-- Grain:    a cell of a report as last read. Cells of a report that were committed twice count as last committed.
-- Example:  SELECT printed, kind, place FROM lake.cell WHERE report_no = 10000001 AND indicator_code = 'req_new'
WITH newest AS (
    SELECT report_id, report_no, max(commit_seq) AS commit_seq
    FROM (SELECT DISTINCT report_id, commit_seq FROM committed_cell)
    JOIN block_report USING (report_id)
    GROUP BY ALL
)
SELECT newest.report_no, cell.* EXCLUDE (report_id, commit_seq)
FROM committed_cell AS cell
JOIN newest USING (report_id, commit_seq)
-- One indicator of all reports stands together, so that a question about it reads little else.
ORDER BY table_key, indicator_code, applicant_code, report_no
