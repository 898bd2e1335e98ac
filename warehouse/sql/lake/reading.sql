-- Question: what was each document read as, and until when did that stand?
-- Grain:    a report as one commit records it. It stands until its document is read again or a later commit records the
--           report again (`until_seq`); null is for ever.
-- Rule:     among the versions of an agency, year and scope that stand and are not quarantined, the figures of the one
--           published last are current (no date counts as earliest), then of the one first seen last, then of the one
--           with the fewest cells in doubt, then of the greatest SHA-256. Of the renditions of these figures, the one
--           with the fewest cells in doubt is current. Reports whose agency or year is unknown are no versions of one
--           another.
-- Example:  SELECT commit_seq, until_seq, verdict FROM lake.reading WHERE report_id = '3f9a…' ORDER BY commit_seq
WITH numbered AS (
    -- A number once given stays: it depends on the commit that brought the report, which never changes.
    SELECT report_id, commit_seq * 10_000_000::BIGINT + row_number() OVER (
        PARTITION BY commit_seq ORDER BY report_id
    ) AS report_no
    FROM (SELECT report_id, min(commit_seq) AS commit_seq FROM committed_report GROUP BY report_id)
),
event AS (
    SELECT document_sha256, commit_seq, lead(commit_seq) OVER (
        PARTITION BY document_sha256 ORDER BY commit_seq
    ) AS until_seq
    FROM (
        SELECT document_sha256, commit_seq FROM committed_document WHERE outcome <> 'duplicate'
        UNION
        SELECT document_sha256, commit_seq FROM committed_report
    )
),
receipt AS (
    SELECT document_sha256, first_seen, first_seq, source_name FROM lake.document WHERE outcome <> 'duplicate'
),
reading AS (
    SELECT
        numbered.report_no, report.* EXCLUDE commit_seq, receipt.first_seen, receipt.first_seq, receipt.source_name,
        report.commit_seq, event.until_seq
    FROM committed_report AS report
    JOIN numbered USING (report_id)
    JOIN event USING (document_sha256, commit_seq)
    JOIN receipt USING (document_sha256)
),
ranked AS (
    SELECT
        *,
        -- Parts from before these columns: every report prints figures of its own.
        coalesce(figures, report_id) AS said, coalesce(doubtful, 0) AS doubts,
        until_seq IS NULL AND verdict <> 'quarantined' AS stands,
        CASE WHEN agency_id IS NULL OR report_year IS NULL THEN report_id END AS alone
    FROM reading
),
settled AS (
    SELECT *, first_value(said) OVER (
        PARTITION BY agency_id, report_year, scope, stands, alone
        ORDER BY published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, doubts, document_sha256 DESC
    ) AS last_said
    FROM ranked
)
SELECT
    * EXCLUDE (said, doubts, stands, alone, last_said),
    CASE WHEN until_seq IS NULL THEN row_number() OVER (
        PARTITION BY agency_id, report_year, scope, until_seq IS NULL, alone
        ORDER BY published_on NULLS FIRST, first_seq, first_seen, document_sha256
    ) END::INTEGER AS version,
    stands AND row_number() OVER (
        PARTITION BY agency_id, report_year, scope, stands, alone
        ORDER BY
            said <> last_said, doubts, published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, document_sha256 DESC
    ) = 1 AS is_current
FROM settled
ORDER BY agency_id, report_year, scope, version, commit_seq
