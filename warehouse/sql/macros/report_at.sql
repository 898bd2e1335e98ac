-- Question: which reports stood after a commit of the lake, and which were current?
-- Grain:    a version of a report as it stood then; the rule is that of lake.reading.
-- Example:  SELECT report_id, verdict FROM report_at(1) WHERE is_current
(seq) AS TABLE
WITH ranked AS (
    SELECT
        *, coalesce(figures, report_id) AS said, coalesce(doubtful, 0) AS doubts, verdict <> 'quarantined' AS stands,
        CASE WHEN agency_id IS NULL OR report_year IS NULL THEN report_id END AS alone
    FROM lake.reading
    WHERE commit_seq <= seq AND (until_seq IS NULL OR until_seq > seq)
),
settled AS (
    SELECT *, first_value(said) OVER (
        PARTITION BY agency_id, report_year, scope, stands, alone
        ORDER BY published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, doubts, document_sha256 DESC
    ) AS last_said
    FROM ranked
)
SELECT
    * EXCLUDE (said, doubts, stands, alone, last_said) REPLACE (
        (row_number() OVER (
            PARTITION BY agency_id, report_year, scope, alone
            ORDER BY published_on NULLS FIRST, first_seq, first_seen, document_sha256
        ))::INTEGER AS version,
        stands AND row_number() OVER (
            PARTITION BY agency_id, report_year, scope, stands, alone
            ORDER BY
                said <> last_said, doubts, published_on DESC NULLS LAST, first_seq DESC, first_seen DESC,
                document_sha256 DESC
        ) = 1 AS is_current
    )
FROM settled
