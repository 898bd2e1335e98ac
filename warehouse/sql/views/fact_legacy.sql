-- Question: what do current reports state in the statistical forms before 2019?
-- Grain:    a printed cell of a current report; cells the page lacks are left out.
-- Example:  SELECT report_year, value FROM fact_legacy WHERE indicator_code = 'lg_req_received'
SELECT
    report.agency_id, report.report_year, report.scope, cell.edition, cell.indicator_code,
    cell.value, cell.unit, cell.kind, cell.printed, cell.method, cell.issue, cell.suggested_value, report.report_id
FROM lake.cell
JOIN lake.report USING (report_no)
WHERE report.is_current AND cell.kind <> 'missing' AND cell.table_key = 'statistics'
