-- Question: which versions of which reports are there, and which one is current?
-- Grain:    a report as its document was last read; what a document was read as before does not count.
-- Rule:     among the versions of an agency, year and scope that are not quarantined, the one published last is current
--           (no date counts as earliest), then the one first seen last, then the greatest SHA-256. Reports whose
--           agency or year is unknown are no versions of one another.
-- Example:  SELECT agency_name, report_year, version, is_current FROM lake.report ORDER BY ALL
WITH latest AS (
    SELECT report.* EXCLUDE commit_seq, document.first_seen, document.source_name, report.commit_seq
    FROM committed_report AS report
    JOIN lake.document
        ON document.document_sha256 = report.document_sha256
        AND document.report_id = report.report_id
        AND document.outcome = 'report'
        AND document.commit_seq <= report.commit_seq
    QUALIFY report.commit_seq = max(report.commit_seq) OVER (PARTITION BY report.report_id)
)
SELECT
    *,
    (row_number() OVER (
        PARTITION BY coalesce(agency_id, report_id), coalesce(report_year::VARCHAR, report_id), scope
        ORDER BY published_on NULLS FIRST, first_seen, document_sha256
    ))::INTEGER AS version,
    verdict <> 'quarantined' AND row_number() OVER (
        PARTITION BY coalesce(agency_id, report_id), coalesce(report_year::VARCHAR, report_id), scope,
            verdict = 'quarantined'
        ORDER BY published_on DESC NULLS LAST, first_seen DESC, document_sha256 DESC
    ) = 1 AS is_current
FROM latest
ORDER BY agency_id, report_year, scope, version
