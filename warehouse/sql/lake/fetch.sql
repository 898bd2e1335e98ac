-- Question: what was asked of which site, when, and what came back?
-- Grain:    an address in a run.
-- Example:  SELECT url, error FROM lake.fetch WHERE error <> '' ORDER BY requested_at DESC
SELECT * FROM committed_fetch
