-- Question: what does the prose of a report state in figures?
-- Grain:    a figure of a report as last read.
-- Example:  SELECT quantity, value, quote FROM lake.statement WHERE report_id = '3f9a…'
SELECT statement.*
FROM concerned_statement AS statement
JOIN lake.reading AS report ON report.report_id = statement.report_id AND report.until_seq IS NULL
WHERE statement.commit_seq = report.commit_seq
