-- Question: which cells are in doubt, how gravely, and why?
-- Grain:    a cell in doubt of a report as last read. `doubt` is the worst that rests on it: reading (an issue names the
--           cell), identity (a statutory check that rests on it fails or is left open by a blank) or heuristic (a rule
--           or an issue that only tells what is likely); in the order of their names the later one is worse. What a
--           reviewer settled about a cell's reading is no doubt any more.
-- Example:  SELECT doubt, count(*) FROM lake.doubt GROUP BY doubt
WITH failing AS (
    SELECT
        report_no, check_code AS code, CASE severity WHEN 'statutory' THEN 'identity' ELSE 'heuristic' END AS doubt,
        unnest(string_split(cells, ' ')) AS address
    FROM lake.quality_check
    WHERE is_current AND outcome IN ('fail', 'not_evaluable') AND cells <> '' AND report_no IS NOT NULL
),
told AS (
    SELECT
        report.report_no, issue.code, CASE issue.severity WHEN 'heuristic' THEN 'heuristic' ELSE 'reading' END AS doubt,
        issue.indicator_code, issue.applicant_code
    FROM lake.quality_issue AS issue
    JOIN lake.reading AS report ON report.report_id = issue.report_id AND report.until_seq IS NULL
    WHERE issue.indicator_code <> ''
),
because AS (
    SELECT
        report_no, split_part(address, '/', 1) AS indicator_code, split_part(address, '/', 2) AS applicant_code, doubt, code
    FROM failing WHERE address <> '*'
    UNION ALL
    SELECT failing.report_no, cell.indicator_code, cell.applicant_code, failing.doubt, failing.code
    FROM failing JOIN lake.cell USING (report_no)
    WHERE failing.address = '*'
    UNION ALL
    SELECT
        cell.report_no, cell.indicator_code, cell.applicant_code,
        CASE WHEN kind.severity = 'heuristic' THEN 'heuristic' ELSE 'reading' END, cell.issue
    FROM lake.cell LEFT JOIN catalogue_issue AS kind ON kind.code = cell.issue
    WHERE cell.issue <> ''
    UNION ALL
    -- An issue about a line is about all of its cells.
    SELECT cell.report_no, cell.indicator_code, cell.applicant_code, told.doubt, told.code
    FROM told JOIN lake.cell
        ON cell.report_no = told.report_no AND cell.indicator_code = told.indicator_code
        AND told.applicant_code IN ('', cell.applicant_code)
    WHERE split_part(coalesce(cell.correction, ''), ':', 1) NOT IN ('override', 'blank', 'accept')
)
SELECT
    because.report_no, of.table_key, indicator_code, because.applicant_code, max(because.doubt) AS doubt,
    string_agg(DISTINCT because.code, ' ' ORDER BY because.code) AS doubt_codes
FROM because
JOIN (SELECT DISTINCT indicator_code, table_key FROM form_indicator) AS of USING (indicator_code)
GROUP BY ALL
ORDER BY indicator_code, because.applicant_code, because.report_no
