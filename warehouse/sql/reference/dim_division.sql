-- Question: which administrative divisions are there, and what lies in what?
-- Grain:    a division down to townships and streets, in the edition the reference data state.
-- 问题: 有哪些行政区划，谁属于谁？
-- 每行: 一个区划，至乡镇、街道；版本见参考数据的说明。
-- Example:  SELECT level, count(*) FROM dim_division WHERE province = '{province}' GROUP BY level ORDER BY level
SELECT
    division.code AS division_code, division.name, division.level, division.parent AS parent_code,
    coalesce(province.name, '') AS province,
    CASE WHEN division.level >= 2 THEN coalesce(prefecture.name, '') ELSE '' END AS prefecture,
    CASE WHEN division.level >= 3 THEN coalesce(county.name, '') ELSE '' END AS county
FROM reference_division AS division
LEFT JOIN reference_division AS province ON province.code = division.code[:2] || '0000000000'
LEFT JOIN reference_division AS prefecture ON prefecture.code = division.code[:4] || '00000000' AND prefecture.level = 2
LEFT JOIN reference_division AS county ON county.code = division.code[:6] || '000000' AND county.level = 3
ORDER BY division_code
