-- Question: when did what run, and what came of it?
-- Grain:    a run that stored something, as its last commit records it.
-- Example:  SELECT started_at, files_read, quarantined FROM lake.run ORDER BY started_at DESC
SELECT * FROM committed_run ORDER BY started_at, run_id
