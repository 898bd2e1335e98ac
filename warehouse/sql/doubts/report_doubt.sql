-- Question: how gravely is a report in doubt, and why?
-- Grain:    a report as last read with a cell in doubt; the worst of its cells, how many they are, and all their codes.
-- Example:  SELECT doubt, count(*) FROM lake.report_doubt GROUP BY doubt
SELECT
    report_no, max(doubt) AS doubt, count(DISTINCT (indicator_code, applicant_code))::INTEGER AS cells,
    string_agg(DISTINCT code, ' ' ORDER BY code) AS doubt_codes
FROM (
    SELECT report_no, indicator_code, applicant_code, doubt, unnest(string_split(doubt_codes, ' ')) AS code
    FROM lake.doubt SEMI JOIN doubted USING (report_no)
)
GROUP BY report_no
ORDER BY report_no
