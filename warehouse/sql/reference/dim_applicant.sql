-- Question: what does an applicant code mean?
-- Grain:    a kind of applicant, a column of section 三.
-- 问题: 申请人类别代码是什么意思？
-- 每行: 一类申请人，即第三部分的一列。
-- Example:  SELECT applicant_code, label_zh FROM dim_applicant ORDER BY sort_order
SELECT applicant_code, sort_order, label_zh, label_en
FROM form_applicant
ORDER BY sort_order
