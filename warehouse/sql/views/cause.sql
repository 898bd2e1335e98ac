-- Question: what have reviewers to decide, and which decision settles most reports?
-- Grain:    a cause of doubt: an unknown name, a cell with a suggestion, a rule that fails without one, an issue of the
--           reading; with how many reports it concerns and one of them. A cell that was told to its agency or is
--           confirmed by the source stays as it is and is no work any more.
-- 问题: 复核人需要作哪些决定，先作哪个最省事？
-- 每行: 一个待复核的原因：名称不明、有建议值的格、没有建议值而不成立的规则、读取问题；附所涉年报数和其中一份。已告知机关
--       或经原文确认的不再列出。
-- Example:  SELECT kind, what, reports FROM cause ORDER BY reports DESC LIMIT 10
WITH settled AS (
    SELECT DISTINCT report_id, indicator_code, applicant_code
    FROM cell WHERE is_current AND regexp_matches(correction, '^(told|confirmed):')
),
wanted AS (SELECT report_id, agency_id, verdict FROM report WHERE is_current OR verdict = 'quarantined'),
failing AS (
    SELECT DISTINCT c.report_id, c.check_code
    FROM check_cell AS c JOIN wanted USING (report_id)
    WHERE c.severity = 'statutory' AND c.outcome = 'fail'
        AND NOT EXISTS (
            FROM settled AS s JOIN check_cell AS o USING (report_id, indicator_code, applicant_code)
            WHERE o.report_id = c.report_id AND o.check_code = c.check_code AND o.location = c.location
        )
),
suggested AS (SELECT * FROM suggestion ANTI JOIN settled USING (report_id, indicator_code, applicant_code)),
met AS (
    SELECT 'name' AS kind, found AS what, report_id
    FROM quality_issue JOIN wanted USING (report_id)
    WHERE code IN ('agency_not_found', 'agency_ambiguous', 'name_conflict') AND verdict = 'quarantined'
    UNION ALL
    SELECT 'suggestion', concat_ws('/', indicator_code, nullif(applicant_code, '')), report_id FROM suggested
    UNION ALL
    SELECT 'rule', check_code, report_id FROM failing ANTI JOIN suggested USING (report_id)
    UNION ALL
    SELECT 'issue', code, report_id
    FROM quality_issue JOIN wanted USING (report_id)
    ANTI JOIN settled USING (report_id, indicator_code, applicant_code)
    WHERE severity <> 'heuristic' AND code NOT IN ('agency_not_found', 'agency_ambiguous', 'name_conflict')
),
counted AS (
    SELECT kind, what, count(DISTINCT report_id) AS reports, min(report_id) AS example FROM met GROUP BY kind, what
)
SELECT
    counted.kind, counted.what, counted.reports,
    coalesce(rule.title_zh, issue.title_zh, concat_ws(' · ', indicator.label_zh, applicant.label_zh)) AS zh,
    coalesce(rule.title_en, issue.title_en, concat_ws(' · ', indicator.label_en, applicant.label_en)) AS en,
    counted.example
FROM counted
LEFT JOIN dim_rule AS rule ON counted.kind = 'rule' AND rule.check_code = counted.what
LEFT JOIN dim_issue AS issue ON counted.kind = 'issue' AND issue.code = counted.what
LEFT JOIN dim_indicator AS indicator
    ON counted.kind = 'suggestion' AND indicator.indicator_code = split_part(counted.what, '/', 1)
LEFT JOIN dim_applicant AS applicant
    ON counted.kind = 'suggestion' AND applicant.applicant_code = split_part(counted.what, '/', 2)
