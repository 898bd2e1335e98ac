-- Question: which cells does a check rest on, and which checks rest on a cell?
-- Grain:    a cell of a report under a check that stands; a check of all figures has a row for each of them.
-- 问题: 一项检查依据哪些格，一个格受哪些检查？
-- 每行: 现行有效的一项检查所依据的一格；依据全部数字的检查每格一行。
-- Example:  SELECT check_code, location, outcome FROM check_cell WHERE report_id = '{report_id}' AND indicator_code = 'res_total'
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
