-- Question: of which reports did a file come that could not be read as a report with its tables?
-- Grain:    an agency, as the source of the file names it, and a year.
-- Example:  SELECT agency_name, reason FROM lake.unreadable WHERE report_year = 2023
SELECT asked.agency_hint AS agency_name, asked.year_hint AS report_year, document.reason
FROM lake.fetch AS asked
JOIN lake.document AS document USING (document_sha256)
WHERE document.outcome IN ('unreadable', 'report_without_tables')
    AND asked.agency_hint <> '' AND asked.year_hint IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY asked.agency_hint, asked.year_hint ORDER BY asked.commit_seq DESC, asked.url
) = 1
ORDER BY ALL
