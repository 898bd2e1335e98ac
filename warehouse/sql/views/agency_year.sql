-- Question: what arrived from an agency for a year, in what state, and was it late?
-- Grain:    an agency and a year, as in coverage, with the place of the agency. `state` is pass, flagged, quarantined,
--           unreadable (a file came that could not be read), missing (expected, not received) or none (not expected, not received). Late is what the rule M-DATE finds
--           published after the term of the Regulation.
-- 问题: 某机关某年度的年报收到了没有，结论如何，是否逾期？
-- 每行: 一个机关的一个年度（同 coverage），附机关所在地区。state 为 pass、flagged、quarantined、unreadable（收到而无法读
--       取）、missing（应有而未收到）、none（无需报送且未收到）；是否逾期依规则 M-DATE。
-- Example:  SELECT state, count(*) FROM agency_year WHERE report_year = {report_year} GROUP BY state
SELECT
    coverage.agency_id, coverage.agency_name, dim_agency.agency_level, dim_agency.agency_type, dim_agency.province,
    dim_agency.prefecture, dim_agency.county, coverage.report_year,
    CASE
        WHEN coverage.received THEN coverage.verdict
        WHEN coverage.is_unreadable THEN 'unreadable'
        WHEN coverage.expected THEN 'missing'
        ELSE 'none'
    END AS state,
    late.report_id IS NOT NULL AS is_late, report.published_on, coverage.reason, coverage.report_id,
    coverage.expected_by_law
FROM coverage
JOIN dim_agency USING (agency_id)
LEFT JOIN lake.report AS report USING (report_id)
LEFT JOIN (
    SELECT DISTINCT report_id FROM lake.quality_check
    WHERE is_current AND check_code = 'M-DATE' AND location = 'late' AND outcome = 'fail'
) AS late USING (report_id)
