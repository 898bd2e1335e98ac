-- Question: which administrative divisions are there, and what lies in what?
-- Grain:    a division down to townships and streets, in the edition the reference data state.
-- Example:  SELECT count(*) FROM dim_division WHERE level = 3 AND province = '江苏省'
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
