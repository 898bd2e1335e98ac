-- Question: what does the page print in each cell of the statutory tables, and where?
-- Grain:    a cell of a report as last read. Cells of a report that were committed twice count as last committed. A total
--           (`is_total`) is the sum of other cells the report has: by an identity of the form, or as a group of lines that
--           stands beside its parts.
-- Example:  SELECT printed, kind, place FROM lake.cell WHERE report_no = 10000001 AND indicator_code = 'req_new'
WITH newest AS (
    SELECT report_id, report_no, max(commit_seq) AS commit_seq
    FROM (SELECT DISTINCT report_id, commit_seq FROM committed_cell)
    JOIN block_report USING (report_id)
    GROUP BY ALL
),
parted AS (
    SELECT DISTINCT report_id, commit_seq, form.whole AS indicator_code, applicant_code
    FROM committed_cell AS cell JOIN form_subtotal AS form ON form.part = cell.indicator_code
    WHERE cell.kind <> 'missing'
)
SELECT
    newest.report_no, cell.* EXCLUDE (report_id, commit_seq),
    total.indicator_code IS NOT NULL OR parted.indicator_code IS NOT NULL AS is_total
FROM committed_cell AS cell
JOIN newest USING (report_id, commit_seq)
LEFT JOIN form_total AS total USING (edition, indicator_code, applicant_code)
LEFT JOIN parted USING (report_id, commit_seq, indicator_code, applicant_code)
-- One indicator of all reports stands together, so that a question about it reads little else.
ORDER BY cell.table_key, cell.indicator_code, cell.applicant_code, newest.report_no
