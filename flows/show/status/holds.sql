-- What the store holds: documents by verdict or, for what is no report, by outcome.
SELECT
    coalesce(report.verdict, document.outcome) AS state,
    count(*) AS documents,
    count(DISTINCT report.agency_id) AS agencies,
    min(report.report_year) AS first_year,
    max(report.report_year) AS last_year
FROM document
LEFT JOIN report USING (report_id)
GROUP BY 1
ORDER BY 2 DESC, 1
