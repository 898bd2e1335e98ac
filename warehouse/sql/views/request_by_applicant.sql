-- Question: who asks, and how are the requests of each kind of applicant decided?
-- Grain:    a current report and a kind of applicant its page has a column for; the column 总计 is in request_summary, so
--           that a sum over applicants counts nobody twice. A subtotal (res_deny, res_unable, res_reject, res_other)
--           stands for its parts: `…_parts_printed` of `…_parts` are numbers.
-- 问题: 谁在申请，各类申请人的申请怎样答复？
-- 每行: 一份现行年报、页面列出的一类申请人；“总计”列在 request_summary，因此各类相加不会重复。小计（res_deny、res_unable、
--       res_reject、res_other）为各分项之和，…_parts 项中有 …_parts_printed 项是数字。
-- Example:  SELECT applicant_code, sum(req_new) FROM request_by_applicant WHERE report_year = {report_year} AND counted_in IS NULL GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.applicant_code,
    request.* EXCLUDE (report_no, applicant_code),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt, report.counted_in
FROM lake.report AS report
JOIN lake.request AS request USING (report_no)
LEFT JOIN lake.table_doubt AS doubt
    ON doubt.report_no = report.report_no AND doubt.table_key = 'requests'
    AND doubt.applicant_code = request.applicant_code
WHERE report.is_current AND request.applicant_code <> 'total'
