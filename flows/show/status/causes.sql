-- What reviewers have to decide, the causes that settle most reports first. A cell that was told to its agency or is
-- confirmed by the source stays as it is and is no work any more.
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
cause AS (
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
)
SELECT
    cause.kind, cause.what, count(DISTINCT cause.report_id) AS reports,
    coalesce(any_value(rule.title_zh), any_value(issue.title_zh), any_value(indicator.label_zh), '') AS zh,
    coalesce(any_value(rule.title_en), any_value(issue.title_en), any_value(indicator.label_en), '') AS en,
    min(cause.report_id) AS example
FROM cause
LEFT JOIN dim_rule AS rule ON cause.kind = 'rule' AND rule.check_code = cause.what
LEFT JOIN dim_issue AS issue ON cause.kind = 'issue' AND issue.code = cause.what
LEFT JOIN dim_indicator AS indicator
    ON cause.kind = 'suggestion' AND indicator.indicator_code = split_part(cause.what, '/', 1)
GROUP BY ALL
ORDER BY reports DESC, cause.kind, cause.what
