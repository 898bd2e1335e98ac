-- Question: what did the last runs do?
-- Grain:    a run that stored something.
-- Example:  SELECT started_at, reports, flagged, quarantined FROM run ORDER BY started_at DESC LIMIT 10
SELECT * FROM lake.run
