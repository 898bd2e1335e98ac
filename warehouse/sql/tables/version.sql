-- Question: what is a further file of the same agency, year and scope: a rendition, a correction or a conflict?
-- Grain:    a version of a report that has several; quarantined ones are not compared.
--           rendition: the same figures as an earlier version. correction: other figures, published on a later day than the
--           version before. conflict: other figures, and the days do not tell which came later; the rule of lake.reading
--           still names one current, but a person should look.
-- 问题: 同一机关、年度、范围的又一个文件是另一形式、更正还是冲突？
-- 每行: 有几个版本的年报的一个版本；隔离的不比较。rendition：与先前某版数字相同；correction：数字不同而发布较晚；conflict：
--       数字不同而先后难定，虽按规则定了现行版本，仍应有人看一看。
-- Example:  SELECT relation, count(*) FROM version GROUP BY relation
WITH several AS (
    SELECT report_no, report_id, agency_id, report_year, scope, version, published_on
    FROM lake.report
    WHERE verdict <> 'quarantined' AND agency_id IS NOT NULL AND report_year IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY agency_id, report_year, scope) > 1
),
compared AS (
    SELECT
        several.*, figures.digest,
        lag(report_id) OVER versions AS before_report_id,
        lag(published_on) OVER versions AS before_published_on,
        count(*) OVER (
            PARTITION BY agency_id, report_year, scope, figures.digest ORDER BY version ROWS UNBOUNDED PRECEDING
        ) > 1 AS is_known
    FROM several LEFT JOIN lake.figures AS figures USING (report_no)
    WINDOW versions AS (PARTITION BY agency_id, report_year, scope ORDER BY version)
)
SELECT
    report_id, version,
    CASE
        WHEN before_report_id IS NULL THEN 'first'
        WHEN is_known THEN 'rendition'
        WHEN published_on > before_published_on THEN 'correction'
        ELSE 'conflict'
    END AS relation,
    before_report_id
FROM compared
ORDER BY agency_id, report_year, scope, version
