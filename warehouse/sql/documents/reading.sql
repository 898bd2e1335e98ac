-- Question: what was each document read as, and until when did that stand?
-- Grain:    a report as one commit records it. It stands until its document is read again or a later commit records the
--           report again (`until_seq`); null is for ever.
-- Rule:     which version is current, sql/shared/versions.sql states.
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
        SELECT document_sha256, commit_seq FROM concerned_document WHERE outcome <> 'duplicate'
        UNION
        SELECT document_sha256, commit_seq FROM concerned_report
    )
),
receipt AS (
    SELECT document_sha256, first_seen, first_seq, source_name FROM lake.document WHERE outcome <> 'duplicate'
),
candidate AS (
    SELECT
        numbered.report_no, report.* EXCLUDE commit_seq, receipt.first_seen, receipt.first_seq, receipt.source_name,
        report.commit_seq, event.until_seq,
        event.until_seq IS NULL AS live
    FROM concerned_report AS report
    JOIN numbered USING (report_id)
    JOIN event USING (document_sha256, commit_seq)
    JOIN receipt USING (document_sha256)
),
{versions}
ORDER BY agency_id, report_year, scope, version, commit_seq
