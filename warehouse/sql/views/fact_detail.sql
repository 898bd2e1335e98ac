-- Question: what may be added up?
-- Grain:    a fact that is the total of no other: the cells that a total would count a second time, without the total.
--           Reports on a whole area (`scope`) still contain those of its agencies: keep scopes and levels apart.
-- Example:  SELECT sum(value) FROM fact_detail WHERE indicator_code LIKE 'res_deny%' AND report_year = 2023
SELECT * FROM fact WHERE NOT is_total
