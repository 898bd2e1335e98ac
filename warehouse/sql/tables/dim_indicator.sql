-- Question: what does an indicator code mean?
-- Grain:    an indicator in an edition of the form.
-- Example:  SELECT label_zh FROM dim_indicator WHERE indicator_code = 'normdoc_issued'
SELECT indicator_code, table_key, edition, sort_order, label_zh, label_en, unit, type, local, evidence, article,
    note_zh, note_en
FROM form_indicator
ORDER BY edition, table_key, sort_order
