-- Question: what may be added up?
-- Grain:    a fact that is the total of no other: the cells that a total would count a second time, without the total.
--           Reports on a whole area (`scope`) still contain those of its agencies: keep scopes and levels apart.
-- 问题: 哪些数字可以相加？
-- 每行: 不是合计的一个指标。全地区年报（scope）仍包含所属机关：范围、层级须分开，或只取 counted_in 为空者。
-- Example:  SELECT sum(value) FROM fact_detail WHERE indicator_code LIKE 'res_deny%' AND report_year = {report_year} AND counted_in IS NULL
SELECT * FROM fact WHERE NOT is_total
