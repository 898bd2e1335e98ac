-- Question: what did an agency issue, decide and collect in a year?
-- Grain:    a current report, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in fact_disclosure;
--           where they are printed instead of the line they divide, they stand for it.
-- Example:  SELECT report_year, sum(licence_decisions) FROM disclosure_summary WHERE scope = 'area' GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    disclosure.* EXCLUDE (report_no),
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.verdict, coalesce(doubt.doubt, '') AS doubt
FROM lake.report AS report
LEFT JOIN lake.disclosure AS disclosure USING (report_no)
LEFT JOIN lake.table_doubt AS doubt ON doubt.report_no = report.report_no AND doubt.table_key = 'proactive'
WHERE report.is_current
