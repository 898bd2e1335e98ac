-- Question: what does an indicator code mean in an edition of the form?
-- Grain:    an indicator in an edition of the form.
-- 问题: 指标代码在某版表样中是什么意思？
-- 每行: 某版表样的一个指标。
-- Example:  SELECT edition, label_zh FROM dim_indicator_edition WHERE indicator_code = 'res_other'
SELECT indicator_code, table_key, edition, sort_order, label_zh, label_en, unit, type, local, evidence, article,
    note_zh, note_en
FROM form_indicator
ORDER BY edition, table_key, sort_order
