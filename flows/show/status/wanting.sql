-- What the last run could not load or found missing: a line a kind, with its most frequent reason and an example.
WITH last_commit AS (
    SELECT commit_seq, run_id FROM lake.commit
    QUALIFY run_id = last_value(run_id) OVER (
        ORDER BY commit_seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
found AS (
    SELECT 1 AS rank, 'quarantined' AS kind, reason, report_id AS example, 'gongkai explain ' || report_id AS what_to_do
    FROM lake.report SEMI JOIN last_commit USING (commit_seq)
    WHERE verdict = 'quarantined'
    UNION ALL
    SELECT 2, 'unreadable', reason, source_name, 'replace the file, or leave it: it is on record with its reason'
    FROM lake.document SEMI JOIN last_commit USING (commit_seq)
    WHERE outcome = 'unreadable'
    UNION ALL
    SELECT 3, 'fewer than the reviewed bounds', message_en, location, 'gongkai coverage --missing; gongkai bounds'
    FROM lake.quality_check SEMI JOIN last_commit USING (commit_seq)
    WHERE report_id = '' AND severity = 'critical' AND outcome = 'fail'
)
SELECT
    kind || ', mostly: ' || mode(reason) AS what,
    count(*) AS count,
    min(example) AS example,
    min(what_to_do) AS what_to_do
FROM found
GROUP BY rank, kind
ORDER BY rank
