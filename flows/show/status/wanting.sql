-- What of the store a person has to see to, whenever it came: a line a kind and cause, the gravest kind and the most frequent cause first,
-- with an example. A file that could not be read counts until another of its name could.
WITH found AS (
    SELECT
        1 AS rank, 'quarantined' AS kind, trim(regexp_extract(reason, '^[^:(;]*')) AS cause, report_id AS example,
        'gongkai explain ' || report_id AS what_to_do
    FROM report
    WHERE verdict = 'quarantined'
    UNION ALL
    SELECT
        2, 'unreadable', reason, source_name, 'replace the file, or leave it: it is on record with its reason'
    FROM document
    WHERE outcome IN ('unreadable', 'report_without_tables')
        AND source_name NOT IN (SELECT source_name FROM document WHERE outcome = 'report')
    UNION ALL
    SELECT 3, 'fewer than the reviewed bounds', message_en, location, 'gongkai coverage --missing; gongkai bounds'
    FROM lake.quality_check
    WHERE report_id = '' AND severity = 'critical' AND outcome = 'fail' AND is_current
)
SELECT
    kind || ': ' || cause AS what,
    count(*) AS count,
    min(example) AS example,
    min(what_to_do) AS what_to_do
FROM found
GROUP BY rank, kind, cause
ORDER BY rank, count DESC, what
