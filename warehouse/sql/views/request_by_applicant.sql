-- Question: who asks, and how are the requests of each kind of applicant decided?
-- Grain:    a current report and a kind of applicant its page has a column for; the column 总计 is in request_summary, so
--           that a sum over applicants counts nobody twice. A subtotal (res_deny, res_unable, res_reject, res_other)
--           stands for its parts: `…_parts_printed` of `…_parts` are numbers.
-- Example:  SELECT applicant_code, sum(req_new) FROM request_by_applicant WHERE report_year = 2023 GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.applicant_code,
    request.* EXCLUDE (report_no, applicant_code),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt
FROM lake.report AS report
JOIN lake.request AS request USING (report_no)
LEFT JOIN lake.table_doubt AS doubt
    ON doubt.report_no = report.report_no AND doubt.table_key = 'requests'
    AND doubt.applicant_code = request.applicant_code
WHERE report.is_current AND request.applicant_code <> 'total'
