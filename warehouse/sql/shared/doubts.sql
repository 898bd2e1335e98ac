-- Question: which cells are in doubt, how gravely, and why?
-- Grain:    a cell in doubt and a reason; of the reports `standing`, by the cells `held`, the checks `judged` that do not
--           hold, and the severities `kind` of the codes of issues.
-- Example:  SELECT report_no, max(doubt) FROM because GROUP BY report_no
failing AS (
    SELECT
        report_no, check_code AS code, CASE severity WHEN 'statutory' THEN 'identity' ELSE 'heuristic' END AS doubt,
        unnest(string_split(cells, ' ')) AS address
    FROM judged
    WHERE outcome IN ('fail', 'not_evaluable') AND cells <> ''
),
told AS (
    SELECT
        standing.report_no, issue.code, CASE issue.severity WHEN 'heuristic' THEN 'heuristic' ELSE 'reading' END AS doubt,
        issue.indicator_code, issue.applicant_code
    FROM lake.quality_issue AS issue JOIN standing USING (report_id)
    WHERE issue.indicator_code <> ''
),
because AS (
    SELECT
        report_no, split_part(address, '/', 1) AS indicator_code, split_part(address, '/', 2) AS applicant_code, doubt, code
    FROM failing WHERE address <> '*'
    UNION ALL
    SELECT failing.report_no, cell.indicator_code, cell.applicant_code, failing.doubt, failing.code
    FROM failing JOIN held AS cell USING (report_no)
    WHERE failing.address = '*'
    UNION ALL
    SELECT
        cell.report_no, cell.indicator_code, cell.applicant_code,
        CASE WHEN kind.severity = 'heuristic' THEN 'heuristic' ELSE 'reading' END, cell.issue
    FROM held AS cell LEFT JOIN kind ON kind.code = cell.issue
    WHERE cell.issue <> ''
    UNION ALL
    -- An issue about a line is about all of its cells.
    SELECT cell.report_no, cell.indicator_code, cell.applicant_code, told.doubt, told.code
    FROM told JOIN held AS cell
        ON cell.report_no = told.report_no AND cell.indicator_code = told.indicator_code
        AND told.applicant_code IN ('', cell.applicant_code)
    WHERE split_part(coalesce(cell.correction, ''), ':', 1) NOT IN ('override', 'blank', 'accept')
)
