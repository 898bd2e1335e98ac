-- Question: how does a report word its chapters?
-- Grain:    a chapter of a report as last read.
-- Example:  SELECT chapter, length FROM lake.sketch WHERE report_id = '3f9a…'
SELECT sketch.*
FROM concerned_sketch AS sketch
JOIN lake.reading AS report ON report.report_id = sketch.report_id AND report.until_seq IS NULL
WHERE sketch.commit_seq = report.commit_seq
