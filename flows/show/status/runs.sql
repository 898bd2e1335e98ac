-- The last runs that stored something, newest first, and up to which commit of the lake the warehouse goes.
SELECT
    run_id, started_at, files_found, files_read, passed, flagged, quarantined, not_reports, unreadable,
    date_diff('hour', finished_at, now()::TIMESTAMP) AS hours_ago,
    max(commit_seq) AS commits
FROM run JOIN lake.commit USING (run_id)
GROUP BY ALL
ORDER BY commits DESC
LIMIT 10
