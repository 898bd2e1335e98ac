-- Question: as what does an agency go on?
-- Grain:    an agency any report names. `current_id` is the body it was renamed to, if that reports only for later years; else
--           the agency itself. Agencies that were merged with others keep their own.
-- 问题: 某机关现在以哪个机关的名义延续？
-- 每行: 年报中出现过的一个机关。current_id 为其改名后的机关（后者只有以后年度的年报），否则为其自身。与他机关合并的仍为
--       其自身。
-- Example:  SELECT agency_id, current_id FROM dim_agency_today WHERE agency_id = '{agency_id}'
WITH RECURSIVE years AS (
    SELECT agency_id, min(report_year) AS first_year, max(report_year) AS last_year FROM lake.report GROUP BY agency_id
),
renamed AS (
    SELECT agency_id, successor_id
    FROM dim_agency_successor AS reform
    JOIN years AS before USING (agency_id) JOIN years AS after ON after.agency_id = reform.successor_id
    WHERE reform.how = 'renamed' AND before.last_year < after.first_year
),
chain AS (
    SELECT agency_id, agency_id AS current_id, 0 AS steps FROM dim_agency
    UNION ALL
    SELECT chain.agency_id, renamed.successor_id, steps + 1
    FROM chain JOIN renamed ON renamed.agency_id = chain.current_id
    WHERE steps < 5
)
SELECT agency_id, max_by(current_id, steps) AS current_id
FROM chain
GROUP BY agency_id
ORDER BY agency_id
