-- The last runs, newest first.
SELECT run_id, started_at, files_found, files_read, passed, flagged, quarantined, not_reports, unreadable
FROM run
ORDER BY started_at DESC
LIMIT 10
