-- Question: which printed numbers should be others, so that the sums of the form hold?
-- Grain:    a cell of a current report with a suggestion. The printed value stays.
-- Example:  SELECT agency_name, indicator_code, printed, suggested_value FROM suggestion WHERE report_year = 2023
SELECT
    report.report_id, report.agency_id, report.agency_name, report.province, report.report_year, cell.edition,
    cell.indicator_code, cell.applicant_code, cell.printed, cell.kind, cell.value, cell.suggested_value, cell.unit
FROM lake.cell
JOIN lake.report USING (report_no)
WHERE report.is_current AND cell.suggested_value IS NOT NULL
