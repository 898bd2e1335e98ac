-- Question: which cells are in doubt, how gravely, and why?
-- Grain:    a cell in doubt of a report as last read. `doubt` is the worst that rests on it: reading (an issue names the
--           cell), identity (a statutory check that rests on it fails or is left open by a blank) or heuristic (a rule
--           or an issue that only tells what is likely); in the order of their names the later one is worse. What a
--           reviewer settled about a cell's reading is no doubt any more.
-- Example:  SELECT doubt, count(*) FROM lake.doubt GROUP BY doubt
WITH judged AS (FROM lake.quality_check SEMI JOIN doubted USING (report_no) WHERE is_current),
held AS NOT MATERIALIZED (FROM lake.cell SEMI JOIN doubted USING (report_no)),
standing AS (FROM lake.reading SEMI JOIN doubted USING (report_no) WHERE until_seq IS NULL),
kind AS (SELECT code, severity FROM catalogue_issue),
{doubts}
SELECT
    because.report_no, of.table_key, indicator_code, because.applicant_code, max(because.doubt) AS doubt,
    string_agg(DISTINCT because.code, ' ' ORDER BY because.code) AS doubt_codes
FROM because
JOIN (SELECT DISTINCT indicator_code, table_key FROM form_indicator) AS of USING (indicator_code)
GROUP BY ALL
ORDER BY indicator_code, because.applicant_code, because.report_no
