-- Question: what became of an agency that is no more, or bears another name?
-- Grain:    a dissolved place and the agency it was merged into; a body that a reform renamed or merged and its successor in
--           the same place, where reports of both are read.
-- 问题: 撤并、改名的机关到哪里去了？
-- 每行: 一个撤并的地方及其并入的机关；一个因机构改革改名或合并的机关及其在同地的承继机关（两者的年报都已读取）。
-- Example:  SELECT successor_id, last_year FROM dim_agency_successor WHERE agency_id = '320802000000'
WITH RECURSIVE reform AS (
    SELECT former, successor, last_year, how, source, 1 AS steps FROM reference_rename
    UNION ALL
    SELECT
        reform.former, later.successor, reform.last_year, CASE WHEN later.how = 'merged' THEN later.how ELSE reform.how END,
        reform.source, steps + 1
    FROM reform JOIN reference_rename AS later ON later.former = reform.successor
    WHERE steps < 5
),
body AS (
    SELECT agency_id, agency_name, split_part(agency_id, '-', 1) AS place, split_part(agency_id, '-', 2) AS name
    FROM dim_agency
),
renamed AS (
    SELECT before.agency_id, before.agency_name, after.agency_id AS successor_id, last_year, how, source
    FROM body AS before JOIN reform ON reform.former = before.name
    JOIN body AS after ON after.place = before.place AND after.name = reform.successor
    QUALIFY row_number() OVER (PARTITION BY before.agency_id ORDER BY steps, how DESC, after.agency_id) = 1
)
SELECT agency_id, agency_name, successor_id, last_year, how, source FROM renamed
UNION ALL
SELECT nullif(former_code, ''), alias, code, TRY_CAST(nullif(valid_to, '') AS INTEGER), kind, source
FROM reference_alias
WHERE kind = 'merged'
ORDER BY ALL
