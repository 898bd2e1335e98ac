-- Question: what became of a county that is no more?
-- Grain:    a dissolved place and the agency it was merged into.
-- 问题: 撤并的县到哪里去了？
-- 每行: 一个撤并的地方及其并入的机关。
-- Example:  SELECT successor_id, last_year FROM dim_agency_successor WHERE agency_id = '320802000000'
SELECT
    nullif(former_code, '') AS agency_id, alias AS agency_name, code AS successor_id,
    TRY_CAST(nullif(valid_to, '') AS INTEGER) AS last_year, source
FROM reference_alias
WHERE kind = 'merged'
ORDER BY ALL
