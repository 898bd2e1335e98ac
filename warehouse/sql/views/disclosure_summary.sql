-- Question: what did an agency issue, decide and collect in a year?
-- Grain:    a current report, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in fact_disclosure;
--           where they are printed instead of the line they divide, they stand for it.
-- 问题: 某机关一年中制发、办理、收取了多少？
-- 每行: 一份现行年报，各版全国表样的指标各占一列（其他版本为空）；页面没有印数字的为空。地方增设的行在 fact_disclosure；
--       只印分项的，以分项之和代替。
-- Example:  SELECT report_year, agency_level, sum(licence_decisions) FROM disclosure_summary WHERE scope = 'own' GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    disclosure.* EXCLUDE (report_no),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt, report.counted_in
FROM lake.report AS report
LEFT JOIN lake.disclosure AS disclosure USING (report_no)
LEFT JOIN lake.table_doubt AS doubt ON doubt.report_no = report.report_no AND doubt.table_key = 'proactive'
WHERE report.is_current
