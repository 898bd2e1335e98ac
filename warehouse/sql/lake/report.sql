-- Question: which versions of which reports are there, and which one is current?
-- Grain:    a report as its document was last read; what a document was read as before is in lake.reading, which also
--           states the rule for the current version.
-- Example:  SELECT agency_name, report_year, version, is_current FROM lake.report ORDER BY ALL
SELECT * EXCLUDE until_seq FROM lake.reading WHERE until_seq IS NULL
