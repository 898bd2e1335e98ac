-- Question: what stands in the column of each kind of applicant of section 三, as columns?
-- Grain:    a report as last read and a kind of applicant. A subtotal stands for its parts (transform/figures.py); beside
--           it, how many of them the page has and how many are numbers.
-- Example:  SELECT applicant_code, sum(req_new) FROM lake.request GROUP BY applicant_code
SELECT
    report_no, applicant_code,
    {figures requests}
FROM new_figure
WHERE table_key = 'requests'
GROUP BY report_no, applicant_code
ORDER BY applicant_code, report_no
