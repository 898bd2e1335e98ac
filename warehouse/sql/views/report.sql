-- Question: which reports are there, in which versions, and may they be trusted?
-- Grain:    a version of a report; sql/lake/reading.sql states which one is current, sql/tables/version.sql how it relates
--           to the versions before it ('only' if there are none, null if it is quarantined or of nobody).
-- 问题: 有哪些年报，各有哪些版本，是否可信？
-- 每行: 年报的一个版本；哪个是现行版本见 sql/shared/versions.sql，与先前版本的关系见 version（仅一个版本为 only，隔离的
--       或机关不明的为空）。
-- Example:  SELECT agency_name, report_year, version, verdict, reason FROM report WHERE is_current LIMIT 10
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    report.version, report.is_current, report.verdict, report.reason, report.published_on, report.document_sha256,
    report.source_name, report.loaded_at, report.title, report.first_seen,
    CASE
        WHEN version.relation IS NOT NULL THEN version.relation
        WHEN report.verdict <> 'quarantined' AND report.agency_id IS NOT NULL AND report.report_year IS NOT NULL THEN 'only'
    END AS relation,
    report.province, report.prefecture, report.county, report.agency_level, report.agency_type,
    report.credit_code, page.page_url, report.doubtful, report.counted_in
FROM lake.report AS report
LEFT JOIN version USING (report_id)
LEFT JOIN (
    SELECT report_id, min(found_on) AS page_url FROM attachment WHERE report_id IS NOT NULL GROUP BY report_id
) AS page USING (report_id)
