-- Question: how gravely is a statutory table of a report in doubt, or a column of section 三?
-- Grain:    a report as last read, a table and a kind of applicant with a cell in doubt; the worst of its cells.
-- Example:  SELECT count(*) FROM lake.table_doubt WHERE table_key = 'requests' AND applicant_code = 'total'
SELECT report_no, table_key, applicant_code, max(doubt) AS doubt, count(*)::INTEGER AS cells
FROM lake.doubt SEMI JOIN doubted USING (report_no)
GROUP BY ALL
ORDER BY report_no, table_key, applicant_code
