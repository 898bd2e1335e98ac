-- Question: what does the prose of a report state in figures?
-- Grain:    a figure of a report as last read.
-- Example:  SELECT quantity, value, quote FROM lake.statement WHERE report_id = '3f9a…'
SELECT statement.*
FROM committed_statement AS statement
JOIN lake.report USING (report_id)
WHERE statement.commit_seq = report.commit_seq
