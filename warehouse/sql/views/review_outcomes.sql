-- Question: how often is an agency overturned in review and in court?
-- Grain:    a current report with section 四. Concluded are cases with an outcome (upheld, corrected, other); a rate is null
--           where there are none, where one of the outcomes is no number (`parts_printed` of `parts` are), and where it
--           is impossible (above 1); then the row is in doubt.
-- 问题: 复议、诉讼中纠正的比例多大？
-- 每行: 一份有第四部分的现行年报。审结为有结果的案件（维持、纠正、其他）；没有审结或某一结果不是数字的，比率为空（parts
--       项中有 parts_printed 项是数字）；大于 1 的不可能，为空，且该行存疑。
-- Example:  SELECT agency_name, rev_corrected_rate FROM review_outcomes ORDER BY rev_concluded DESC NULLS LAST LIMIT 10
WITH outcome AS (
    SELECT
        *,
        rev_upheld + rev_corrected + rev_other AS rev_concluded,
        lit_direct_total + lit_after_rev_total AS lit_total,
        lit_direct_corrected + lit_after_rev_corrected AS lit_corrected,
        lit_direct_upheld + lit_direct_corrected + lit_direct_other
            + lit_after_rev_upheld + lit_after_rev_corrected + lit_after_rev_other AS lit_concluded,
        [rev_upheld, rev_corrected, rev_other, lit_direct_upheld, lit_direct_corrected, lit_direct_other,
            lit_after_rev_upheld, lit_after_rev_corrected, lit_after_rev_other] AS outcomes
    FROM review_summary
    WHERE report_id IN (SELECT report_id FROM lake.report JOIN lake.review USING (report_no))
),
rated AS (
    SELECT
        *,
        round(rev_corrected::DOUBLE / nullif(rev_concluded, 0), 6) AS rev_corrected_rate,
        round(lit_corrected::DOUBLE / nullif(lit_concluded, 0), 6) AS lit_corrected_rate
    FROM outcome
)
SELECT
    report_id, agency_id, agency_name, report_year, scope, province, agency_level, agency_type,
    rev_total, rev_corrected, rev_concluded,
    CASE WHEN rev_corrected_rate BETWEEN 0 AND 1 THEN rev_corrected_rate END AS rev_corrected_rate,
    lit_total, lit_corrected, lit_concluded,
    CASE WHEN lit_corrected_rate BETWEEN 0 AND 1 THEN lit_corrected_rate END AS lit_corrected_rate,
    edition, prefecture, county, verdict,
    CASE
        WHEN rev_corrected_rate NOT BETWEEN 0 AND 1 OR lit_corrected_rate NOT BETWEEN 0 AND 1
            THEN greatest(doubt, 'identity')
        ELSE doubt
    END AS doubt,
    len(outcomes)::INTEGER AS parts, list_count(outcomes)::INTEGER AS parts_printed,
    counted_in
FROM rated
