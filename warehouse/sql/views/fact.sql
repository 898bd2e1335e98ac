-- Question: what does an agency report for a year, indicator by indicator?
-- Grain:    an indicator (and kind of applicant) of a current report that is not quarantined; the fact_… views together.
-- Example:  SELECT agency_name, value FROM fact WHERE report_year = 2023 AND indicator_code = 'normdoc_in_force'
SELECT
    report.agency_id, report.agency_name, report.report_year, report.scope, cell.edition,
    cell.indicator_code, cell.applicant_code, cell.value, cell.unit, cell.kind, cell.printed,
    cell.method, cell.suggested_value, report.report_id, report.document_sha256, report.source_name,
    cell.issue, cell.correction
FROM lake.cell
JOIN lake.report USING (report_no)
WHERE report.is_current AND cell.kind <> 'missing'
