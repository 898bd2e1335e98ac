-- Question: which quantities can be followed through the editions of the form, and how well do they compare?
-- Grain:    a harmonised series in an edition.
-- 问题: 哪些数量可以跨表样比较，可比到什么程度？
-- 每行: 某版表样中的一个可比序列。
-- Example:  SELECT edition, grade, indicators, note_en FROM dim_series WHERE series_code = 'normdoc_stock'
SELECT DISTINCT
    series_code, edition, grade, label_zh, label_en, unit, note_zh, note_en, indicators, parts_expected
FROM form_series
ORDER BY series_code, edition
