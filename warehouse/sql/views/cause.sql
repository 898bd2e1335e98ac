-- Question: what have reviewers to decide, and which decision settles most reports?
-- Grain:    a cause of doubt that is to be decided (worklist groups doubts by kind and what): how many reports it concerns,
--           how many of them nothing else keeps on the list, and one of them.
-- Example:  SELECT kind, what, settles FROM cause ORDER BY settles DESC, reports DESC LIMIT 10
WITH open AS (
    SELECT DISTINCT report_id, kind, what FROM worklist WHERE state IN ('open', 'reopened')
),
counted AS (
    SELECT kind, what, count(*) AS reports, count(*) FILTER (causes = 1) AS settles, min(report_id) AS example
    FROM (SELECT *, count(*) OVER (PARTITION BY report_id) AS causes FROM open)
    GROUP BY kind, what
)
SELECT
    counted.kind, counted.what, counted.reports,
    coalesce(rule.title_zh, issue.title_zh, concat_ws(' · ', indicator.label_zh, applicant.label_zh)) AS zh,
    coalesce(rule.title_en, issue.title_en, concat_ws(' · ', indicator.label_en, applicant.label_en)) AS en,
    counted.example, counted.settles
FROM counted
LEFT JOIN dim_rule AS rule ON counted.kind IN ('rule', 'undecided') AND rule.check_code = counted.what
LEFT JOIN dim_issue AS issue ON counted.kind = 'issue' AND issue.code = counted.what
LEFT JOIN dim_indicator AS indicator
    ON counted.kind = 'suggestion' AND indicator.indicator_code = split_part(counted.what, '/', 1)
LEFT JOIN dim_applicant AS applicant
    ON counted.kind = 'suggestion' AND applicant.applicant_code = split_part(counted.what, '/', 2)
