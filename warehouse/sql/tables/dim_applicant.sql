-- Question: what does an applicant code mean?
-- Grain:    a kind of applicant, a column of section 三.
-- Example:  SELECT label_zh FROM dim_applicant ORDER BY sort_order
SELECT applicant_code, sort_order, label_zh, label_en
FROM form_applicant
ORDER BY sort_order
