-- Question: what do current reports state in section 六 about the information-processing fee?
-- Grain:    a printed cell of a current report; cells the page lacks are left out.
-- Example:  SELECT report_year, value FROM fact_information_fee WHERE indicator_code = 'infofee_collected_yuan'
SELECT
    report.agency_id, report.report_year, report.scope, cell.edition, cell.indicator_code,
    cell.value, cell.unit, cell.kind, cell.printed, cell.method, cell.issue, cell.suggested_value, report.report_id
FROM lake.cell
JOIN lake.report USING (report_no)
WHERE report.is_current AND cell.kind <> 'missing' AND cell.table_key = 'fees'
