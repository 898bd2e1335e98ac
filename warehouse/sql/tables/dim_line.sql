-- Question: which cells stand in which line of the statutory tables?
-- Grain:    a cell of a line of an edition, lines of lines (groups) included.
-- Example:  SELECT indicator_code FROM dim_line WHERE edition = '2021' AND line_code = 'normdoc'
SELECT * FROM form_line ORDER BY edition, table_key, line_code, indicator_code, applicant_code
