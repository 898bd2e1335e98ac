-- Question: what does a rule ask for, where does it come from, and when may it rightly fail?
-- Grain:    a check code.
-- 问题: 规则要求什么，依据何在，何时可以不成立？
-- 每行: 一个检查代码。
-- Example:  SELECT title_en, exceptions_en FROM dim_rule WHERE check_code = 'RX-CARRY'
SELECT
    check_code, severity, grade, title_zh, title_en, source_zh, source_en, exceptions_zh, exceptions_en, next_zh, next_en,
    flags, sort_order
FROM catalogue_rule
ORDER BY sort_order
