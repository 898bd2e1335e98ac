-- Question: which reports did we know on a day, and which did we take for current?
-- Grain:    a version of a report as it stood at that moment (UTC).
-- Example:  SELECT agency_name, report_year, verdict FROM report_as_of(TIMESTAMP '2026-03-01') WHERE is_current
(moment) AS TABLE
SELECT
    report_id, agency_id, agency_name, report_year, scope, edition, version, is_current, verdict, reason,
    published_on, document_sha256, source_name, loaded_at, title, first_seen
FROM report_at((SELECT coalesce(max(commit_seq), 0) FROM lake.commit WHERE committed_at <= moment))
