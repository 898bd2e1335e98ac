-- Question: which versions of which reports are there, and which one is current?
-- Grain:    a report as its document was last read, flagged if a comparison shows it to be impossible; what a document was
--           read as before is in lake.reading, which also states the rule for the current version.
-- Example:  SELECT agency_name, report_year, version, is_current FROM lake.report ORDER BY ALL
SELECT reading.* EXCLUDE until_seq REPLACE (
    CASE WHEN raised.reason IS NOT NULL AND reading.verdict = 'pass' THEN 'flagged' ELSE reading.verdict END AS verdict,
    concat_ws('; ', nullif(reading.reason, ''), raised.reason) AS reason
), counted.counted_in
FROM lake.reading
LEFT JOIN lake.raised AS raised USING (report_no)
LEFT JOIN lake.counted AS counted USING (report_no)
WHERE reading.until_seq IS NULL
