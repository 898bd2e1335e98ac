-- Question: what did an agency issue, decide and collect in a year?
-- Grain:    a current report, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in fact_disclosure;
--           where they are printed instead of the line they divide, it is their sum.
-- Example:  SELECT report_year, sum(licence_decisions) FROM disclosure_summary WHERE scope = 'area' GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    disclosure.* EXCLUDE (report_no)
FROM lake.report AS report
LEFT JOIN lake.disclosure AS disclosure USING (report_no)
WHERE report.is_current
