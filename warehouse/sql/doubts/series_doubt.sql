-- Question: how gravely is the value of a series in doubt?
-- Grain:    a report as last read and a series that rests on a cell in doubt; the worst of them.
-- Example:  SELECT series_code, count(*) FROM lake.series_doubt GROUP BY series_code
SELECT doubt.report_no, series.series_code, max(doubt.doubt) AS doubt
FROM lake.doubt AS doubt
SEMI JOIN doubted USING (report_no)
JOIN lake.series AS series USING (report_no)
JOIN form_series_cell AS form USING (series_code, edition, indicator_code)
WHERE doubt.applicant_code IN ('', 'total')
GROUP BY ALL
ORDER BY doubt.report_no, series.series_code
