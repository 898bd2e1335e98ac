-- Question: which files were received, and what became of each?
-- Grain:    a name and content; only its newest commit counts. Of names with the same bytes the first one stands for
--           the content and carries its newest reading (`commit_seq`), all others are duplicates.
-- Example:  SELECT outcome, count(*) FROM lake.document GROUP BY outcome
WITH same AS (
    SELECT
        source_name, document_sha256, max(commit_seq) AS commit_seq,
        min(commit_seq) AS first_seq, -- a clock may be set back, commits only go on
        arg_min(first_seen, commit_seq) AS first_seen
    FROM concerned_document GROUP BY ALL
),
latest AS (
    SELECT
        document_sha256, source_name, bytes, modified_ns, outcome, commit_seq, same.first_seq, same.first_seen,
        -- A file that could not be opened has no hash: its name stands for the content.
        coalesce(nullif(document_sha256, ''), source_name) AS content,
        {
            media_type: media_type, encoding: encoding, outcome: outcome, reason: reason, report_id: report_id,
            fingerprint: fingerprint, commit_seq: commit_seq
        } AS reading
    FROM concerned_document JOIN same USING (source_name, document_sha256, commit_seq)
),
shared AS (
    -- Most contents have one name; what an aggregate keeps of their readings has to fit into memory.
    SELECT
        content,
        arg_min(source_name, (first_seq, outcome = 'duplicate', source_name)) AS first_name,
        arg_min(reading, (outcome = 'duplicate', -commit_seq, source_name)) AS reading
    FROM latest SEMI JOIN (SELECT content FROM latest GROUP BY content HAVING count(*) > 1) USING (content)
    GROUP BY content
),
one AS (
    SELECT
        latest.* EXCLUDE reading,
        coalesce(shared.first_name, latest.source_name) AS first_name,
        coalesce(shared.reading, latest.reading) AS reading
    FROM latest LEFT JOIN shared USING (content)
)
SELECT
    document_sha256,
    source_name,
    reading.media_type,
    bytes,
    modified_ns,
    reading.encoding,
    first_seen,
    CASE WHEN source_name = first_name THEN reading.outcome ELSE 'duplicate' END AS outcome,
    CASE WHEN source_name = first_name THEN reading.reason ELSE 'same bytes as ' || first_name END AS reason,
    reading.report_id,
    reading.fingerprint,
    first_seq,
    reading.commit_seq
FROM one
ORDER BY first_seq, source_name, document_sha256
