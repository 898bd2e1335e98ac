-- Question: who asks, and how are the requests of each kind of applicant decided?
-- Grain:    a current report and a kind of applicant its page has a column for ('total' is the column as printed, not our
--           sum). A subtotal (res_deny, res_unable, res_reject, res_other) is the sum of those parts that are numbers;
--           without any, the subtotal printed; null if there is neither.
-- Example:  SELECT applicant_code, sum(req_new) FROM request_by_applicant WHERE report_year = 2023 GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.applicant_code,
    request.* EXCLUDE (report_no, applicant_code)
FROM lake.report AS report
JOIN lake.request AS request USING (report_no)
WHERE report.is_current
