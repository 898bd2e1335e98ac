-- Question: how many requests did an agency receive, and how did it decide them?
-- Grain:    a current report, column total. A subtotal stands for its parts (transform/figures.py): it is null if none of
--           them is printed, and `…_parts_printed` of `…_parts` are numbers. Levels and scopes stand side by side: a
--           report on a whole area contains those of its agencies, so name both before you add.
-- 问题: 某机关收到多少申请，怎样答复？
-- 每行: 一份现行年报的“总计”列。小计为各分项中数字之和，没有数字的为空，…_parts 项中有 …_parts_printed 项是数字。各层级、
--       各范围并列，全地区年报包含所属机关：相加时二者都要限定，或只取 counted_in 为空者。
-- Example:  SELECT agency_name, req_new, res_full / nullif(res_total, 0) AS granted FROM request_summary
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.req_new, request.req_carried_in, request.res_full, request.res_partial, request.res_deny,
    request.res_unable, request.res_reject, request.res_other, request.res_total, request.req_carried_out,
    {parts requests},
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt, report.counted_in
FROM lake.report AS report
LEFT JOIN lake.request AS request ON request.report_no = report.report_no AND request.applicant_code = 'total'
LEFT JOIN lake.table_doubt AS doubt
    ON doubt.report_no = report.report_no AND doubt.table_key = 'requests' AND doubt.applicant_code = 'total'
WHERE report.is_current
