-- Question: what does an indicator code mean?
-- Grain:    an indicator, as the newest edition that has it words it; dim_indicator_edition has a row an edition.
-- 问题: 指标代码是什么意思？
-- 每行: 一个指标，文字以有它的最新表样为准；各表样的见 dim_indicator_edition。
-- Example:  SELECT label_zh, editions FROM dim_indicator WHERE indicator_code = 'normdoc_issued'
SELECT
    indicator_code, table_key, string_agg(edition, '/' ORDER BY edition) OVER (PARTITION BY indicator_code) AS editions,
    sort_order, label_zh, label_en, unit, type, local, evidence, article, note_zh, note_en
FROM form_indicator
QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY edition DESC) = 1
ORDER BY table_key, edition, sort_order
