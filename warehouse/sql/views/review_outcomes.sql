-- Question: how often is an agency overturned in review and in court?
-- Grain:    a current report with section 四. Concluded are cases with an outcome (upheld, corrected, other); a rate is null
--           where there are none, or where one of the outcomes is no number.
-- Example:  SELECT agency_name, rev_corrected_rate FROM review_outcomes WHERE rev_concluded >= 10 ORDER BY 2 DESC LIMIT 10
WITH outcome AS (
    SELECT
        report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.province,
        report.agency_level, report.agency_type,
        rev_total, rev_corrected, rev_upheld + rev_corrected + rev_other AS rev_concluded,
        lit_direct_total + lit_after_rev_total AS lit_total,
        lit_direct_corrected + lit_after_rev_corrected AS lit_corrected,
        lit_direct_upheld + lit_direct_corrected + lit_direct_other
            + lit_after_rev_upheld + lit_after_rev_corrected + lit_after_rev_other AS lit_concluded
    FROM lake.report AS report
    JOIN lake.review AS review USING (report_no)
    WHERE report.is_current
)
SELECT
    report_id, agency_id, agency_name, report_year, scope, province, agency_level, agency_type,
    rev_total, rev_corrected, TRY_CAST(rev_concluded AS DECIMAL(18,6)) AS rev_concluded,
    TRY_CAST(rev_corrected / nullif(rev_concluded, 0) AS DECIMAL(18,6)) AS rev_corrected_rate,
    TRY_CAST(lit_total AS DECIMAL(18,6)) AS lit_total, TRY_CAST(lit_corrected AS DECIMAL(18,6)) AS lit_corrected,
    TRY_CAST(lit_concluded AS DECIMAL(18,6)) AS lit_concluded,
    TRY_CAST(lit_corrected / nullif(lit_concluded, 0) AS DECIMAL(18,6)) AS lit_corrected_rate
FROM outcome
