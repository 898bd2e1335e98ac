-- What of the store a person has to see to, whenever it came: a line a kind and cause, the gravest kind and the most
-- frequent cause first, with an example. What counts of a name is its newest content, of an address what it brought last.
WITH brought AS (
    SELECT url AS source_name, arg_max(document_sha256, requested_at) AS document_sha256
    FROM lake.fetch WHERE document_sha256 IS NOT NULL GROUP BY url
),
newest AS (
    SELECT document.* FROM lake.document AS document LEFT JOIN brought USING (source_name)
    WHERE coalesce(brought.document_sha256, document.document_sha256) = document.document_sha256
    QUALIFY row_number() OVER (PARTITION BY source_name ORDER BY first_seq DESC) = 1
),
found AS (
    SELECT
        1 AS rank, 'quarantined' AS kind, trim(regexp_extract(reason, '^[^:(;]*')) AS cause, report_id AS example,
        'gongkai explain ' || report_id AS what_to_do
    FROM report
    WHERE verdict = 'quarantined'
    UNION ALL
    SELECT 2, 'unreadable', reason, source_name, 'replace the file, or leave it: it is on record with its reason'
    FROM newest WHERE outcome = 'unreadable'
    UNION ALL
    SELECT 3, 'report without tables', reason, source_name,
        'open the page: its tables may be a picture, or stand behind a link the source does not allow'
    FROM newest
    WHERE outcome = 'report_without_tables'
        AND NOT EXISTS (FROM attachment WHERE found_on = newest.source_name AND attachment.report_id IS NOT NULL)
    UNION ALL
    SELECT 4, 'no report where one was', same.reason, newest.source_name,
        'open the address: a challenge, a page of error, or the report has moved; what was read of it stands'
    FROM newest
    JOIN lake.document AS same ON same.document_sha256 = newest.document_sha256 AND same.outcome = 'not_a_report'
    WHERE EXISTS (
        FROM lake.document AS before
        WHERE before.source_name = newest.source_name AND before.outcome = 'report'
            AND before.first_seq < newest.first_seq
    )
    UNION ALL
    SELECT 5, 'fewer than the reviewed bounds', message_en, location, 'gongkai coverage --missing; gongkai bounds'
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
