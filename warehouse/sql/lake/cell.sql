-- Question: what does the page print in each cell of the statutory tables, and where?
-- Grain:    a cell of a report as last read.
-- Example:  SELECT printed, kind, place FROM lake.cell WHERE report_id = '3f9a…' AND indicator_code = 'req_new'
WITH newest AS (
    SELECT cell.report_id, max(cell.commit_seq) AS commit_seq
    FROM committed_cell AS cell
    JOIN lake.report USING (report_id)
    JOIN lake.document
        ON document.document_sha256 = report.document_sha256
        AND document.outcome = 'report'
        AND document.commit_seq <= cell.commit_seq
    GROUP BY cell.report_id
)
SELECT cell.*
FROM committed_cell AS cell
SEMI JOIN newest USING (report_id, commit_seq)
