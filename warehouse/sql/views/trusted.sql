-- Question: which figures are in no doubt?
-- Grain:    a fact that is a number and in no doubt: no issue names it, no check that rests on it fails or stays open.
-- Example:  SELECT agency_name, value FROM trusted WHERE indicator_code = 'req_new' AND applicant_code = 'total'
SELECT * FROM fact WHERE doubt = '' AND value IS NOT NULL
