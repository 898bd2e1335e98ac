-- Question: what was strange on a page?
-- Grain:    an issue of the latest reading of a document.
-- Example:  SELECT location, found, expected FROM quality_issue WHERE severity = 'critical'
SELECT * EXCLUDE commit_seq FROM lake.quality_issue
