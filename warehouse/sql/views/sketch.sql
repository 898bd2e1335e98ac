-- Question: how does a report word its chapters?
-- Grain:    a chapter of a report as last read.
-- Example:  SELECT chapter, length FROM sketch WHERE report_id = '3f9a…'
SELECT * EXCLUDE commit_seq FROM lake.sketch
