-- Question: which files were received, and what became of each?
-- Grain:    a name and content; only its newest commit counts. Of names with the same bytes the first one stands for
--           the content and carries its newest reading (`commit_seq`), all others are duplicates.
-- Example:  SELECT outcome, count(*) FROM lake.document GROUP BY outcome
WITH latest AS (
    SELECT
        * REPLACE (arg_min(first_seen, commit_seq) OVER same AS first_seen),
        min(commit_seq) OVER same AS first_seq, -- a clock may be set back, commits only go on
        -- A file that could not be opened has no hash: its name stands for the content.
        coalesce(nullif(document_sha256, ''), source_name) AS content
    FROM committed_document
    WINDOW same AS (PARTITION BY source_name, document_sha256)
    QUALIFY commit_seq = max(commit_seq) OVER same
),
reading AS (
    SELECT * FROM latest
    QUALIFY row_number() OVER (
        PARTITION BY content ORDER BY outcome = 'duplicate', commit_seq DESC, source_name
    ) = 1
),
named AS (
    SELECT *, first_value(source_name) OVER (
        PARTITION BY content ORDER BY first_seq, outcome = 'duplicate', source_name
    ) AS first_name
    FROM latest
)
SELECT
    named.document_sha256,
    named.source_name,
    reading.media_type,
    named.bytes,
    named.modified_ns,
    reading.encoding,
    named.first_seen,
    CASE WHEN named.source_name = first_name THEN reading.outcome ELSE 'duplicate' END AS outcome,
    CASE WHEN named.source_name = first_name THEN reading.reason ELSE 'same bytes as ' || first_name END AS reason,
    reading.report_id,
    reading.fingerprint,
    named.first_seq,
    reading.commit_seq
FROM named JOIN reading USING (content)
ORDER BY named.first_seq, named.source_name, named.document_sha256
