-- Question: what exactly does the page print, and where?
-- Grain:    a cell of a report as last read, quarantined reports and old versions included.
-- Example:  SELECT indicator_code, printed, source_name, place FROM cell WHERE report_id = '3f9a…' AND issue <> ''
SELECT
    report.report_id, cell.* EXCLUDE report_no, report.agency_id, report.agency_name, report.report_year,
    report.document_sha256, report.source_name, report.is_current
FROM lake.cell
JOIN lake.report USING (report_no)
