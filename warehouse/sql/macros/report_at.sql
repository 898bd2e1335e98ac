-- Question: which reports stood after a commit of the lake, and which were current?
-- Grain:    a version of a report as it stood then; the rule is that of lake.reading.
-- Example:  SELECT report_id, verdict FROM report_at(1) WHERE is_current
(seq) AS TABLE
SELECT
    * REPLACE (
        (row_number() OVER (
            PARTITION BY agency_id, report_year, scope,
                CASE WHEN agency_id IS NULL OR report_year IS NULL THEN report_id END
            ORDER BY published_on NULLS FIRST, first_seq, first_seen, document_sha256
        ))::INTEGER AS version,
        verdict <> 'quarantined' AND row_number() OVER (
            PARTITION BY agency_id, report_year, scope, verdict <> 'quarantined',
                CASE WHEN agency_id IS NULL OR report_year IS NULL THEN report_id END
            ORDER BY published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, document_sha256 DESC
        ) = 1 AS is_current
    )
FROM lake.reading
WHERE commit_seq <= seq AND (until_seq IS NULL OR until_seq > seq)
