-- Question: what does the code of an issue mean, how grave is it, and what is to be done?
-- Grain:    a code.
-- 问题: 问题代码是什么意思，多严重，该怎么办？
-- 每行: 一个代码。
-- Example:  SELECT means_en, next_en FROM dim_issue WHERE code = 'missing_cell'
SELECT code, severity, title_zh, title_en, means_zh, means_en, next_zh, next_en, sort_order
FROM catalogue_issue
ORDER BY sort_order
