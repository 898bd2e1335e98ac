-- Question: which cells does a check rest on, and which checks rest on a cell?
-- Grain:    a cell of a report under a check that stands; a check of all figures has a row for each of them.
-- Example:  SELECT check_code, location FROM check_cell WHERE indicator_code = 'res_total' AND outcome = 'fail'
WITH listed AS (
    SELECT
        run_id, report_no, report_id, check_code, location, severity, outcome, unnest(string_split(cells, ' ')) AS address
    FROM lake.quality_check
    WHERE is_current AND cells <> ''
)
SELECT
    run_id, report_id, check_code, location, severity, outcome, split_part(address, '/', 1) AS indicator_code,
    split_part(address, '/', 2) AS applicant_code
FROM listed WHERE address <> '*'
UNION ALL
SELECT
    run_id, report_id, check_code, location, severity, outcome, cell.indicator_code, cell.applicant_code
FROM listed JOIN lake.cell USING (report_no)
WHERE address = '*' AND cell.kind <> 'missing'
