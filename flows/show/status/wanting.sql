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
    SELECT 3, 'report without tables', reason, source_name,
        'open the page: its tables may be a picture, or stand behind a link the source does not allow'
    FROM lake.document AS page SEMI JOIN last_commit USING (commit_seq)
    WHERE outcome = 'report_without_tables' AND NOT EXISTS (
        FROM attachment WHERE found_on = page.source_name AND attachment.report_id IS NOT NULL
    )
    UNION ALL
    SELECT 4, 'no report where one was', now.reason, now.source_name,
        'open the address: a challenge, a page of error, or the report has moved; what was read of it stands'
    FROM lake.document AS now SEMI JOIN last_commit ON now.first_seq = last_commit.commit_seq
    SEMI JOIN lake.document AS same ON same.document_sha256 = now.document_sha256 AND same.outcome = 'not_a_report'
    WHERE EXISTS (
        FROM lake.document AS before
        WHERE before.source_name = now.source_name AND before.outcome = 'report' AND before.first_seq < now.first_seq
    )
    UNION ALL
    SELECT 5, 'fewer than the reviewed bounds', message_en, location, 'gongkai coverage --missing; gongkai bounds'
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
