-- Question: how often was an agency's disclosure taken to review or to court, and with what outcome?
-- Grain:    a current report; null where the page prints no number.
-- 问题: 信息公开被申请复议、提起诉讼多少次，结果如何？
-- 每行: 一份现行年报；页面没有印数字的为空。
-- Example:  SELECT agency_name, rev_corrected, rev_total FROM review_summary ORDER BY rev_total DESC NULLS LAST LIMIT 10
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    review.* EXCLUDE (report_no),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt, report.counted_in
FROM lake.report AS report
LEFT JOIN lake.review AS review USING (report_no)
LEFT JOIN lake.table_doubt AS doubt ON doubt.report_no = report.report_no AND doubt.table_key = 'review'
WHERE report.is_current
