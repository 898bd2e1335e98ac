-- Question: what does the prose of a report state in figures?
-- Grain:    a figure of a report as last read.
-- Example:  SELECT quantity, value, quote FROM statement WHERE report_id = '3f9a…'
SELECT * EXCLUDE commit_seq FROM lake.statement
