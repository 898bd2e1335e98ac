-- Question: which files were received, and what became of each?
-- Grain:    a name and content; only its newest commit counts. Of names with the same bytes the first one stands for
--           the content and carries its newest reading (`commit_seq`), all others are duplicates.
-- Example:  SELECT outcome, count(*) FROM lake.document GROUP BY outcome
WITH same AS (
    SELECT
        source_name, document_sha256, max(commit_seq) AS commit_seq,
        min(commit_seq) AS first_seq, -- a clock may be set back, commits only go on
        arg_min(first_seen, commit_seq) AS first_seen
    FROM committed_document GROUP BY ALL
),
latest AS (
    SELECT
        committed_document.* EXCLUDE first_seen, same.first_seq, same.first_seen,
        -- A file that could not be opened has no hash: its name stands for the content.
        coalesce(nullif(document_sha256, ''), source_name) AS content
    FROM committed_document JOIN same USING (source_name, document_sha256, commit_seq)
),
named AS (
    SELECT
        content, source_name, first_seq, commit_seq, outcome,
        {
            media_type: media_type, encoding: encoding, outcome: outcome, reason: reason, report_id: report_id,
            fingerprint: fingerprint, commit_seq: commit_seq
        } AS reading
    FROM latest
),
shared AS (
    SELECT content FROM latest GROUP BY content HAVING count(*) > 1
),
one AS (
    -- Of most contents there is one name. What an aggregate keeps of readings has to fit into memory.
    SELECT content, source_name AS first_name, reading FROM named ANTI JOIN shared USING (content)
    UNION ALL
    SELECT
        content,
        arg_min(source_name, (first_seq, outcome = 'duplicate', source_name)),
        arg_min(reading, (outcome = 'duplicate', -commit_seq, source_name))
    FROM named SEMI JOIN shared USING (content) GROUP BY content
)
SELECT
    latest.document_sha256,
    latest.source_name,
    reading.media_type,
    latest.bytes,
    latest.modified_ns,
    reading.encoding,
    latest.first_seen,
    CASE WHEN latest.source_name = first_name THEN reading.outcome ELSE 'duplicate' END AS outcome,
    CASE WHEN latest.source_name = first_name THEN reading.reason ELSE 'same bytes as ' || first_name END AS reason,
    reading.report_id,
    reading.fingerprint,
    latest.first_seq,
    reading.commit_seq
FROM latest JOIN one USING (content)
ORDER BY latest.first_seq, latest.source_name, latest.document_sha256
