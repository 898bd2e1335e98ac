-- Question: which figures are in no doubt?
-- Grain:    a fact that is a number and in no doubt: no issue names it, no check that rests on it fails or stays open.
-- 问题: 哪些数字没有疑问？
-- 每行: 是数字且没有存疑的一个指标：没有问题涉及它，所依据的检查都成立。
-- Example:  SELECT agency_name, value FROM trusted WHERE indicator_code = 'req_carried_in' AND applicant_code = 'total'
SELECT * FROM fact WHERE doubt = '' AND value IS NOT NULL
