-- Question: which cells stand in which line of the statutory tables?
-- Grain:    a cell of a line of an edition, lines of lines (groups) included.
-- 问题: 法定表格的某一行有哪些格？
-- 每行: 某表样一行中的一格，行中之行（组）亦列入。
-- Example:  SELECT indicator_code FROM dim_line WHERE edition = '2021' AND line_code = 'normdoc'
SELECT * FROM form_line ORDER BY edition, table_key, line_code, indicator_code, applicant_code
