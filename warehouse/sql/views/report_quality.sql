-- Question: which reports are the worst?
-- Grain:    a version of a report as last read, with how often its checks fail. `broken` are identities of the form, `open`
--           those a blank leaves undecided, `notes` heuristic rules; `issues` what could not be read as expected.
-- 问题: 哪些年报问题最多？
-- 每行: 年报的一个版本（最近一次读取）及其检查不成立的次数。broken 为法定勾稽不成立，open 为因空白无法判断，notes 为提示
--       性规则，issues 为读取问题。
-- Example:  SELECT agency_name, broken FROM report_quality ORDER BY broken DESC LIMIT 10
WITH failing AS (
    SELECT
        report_no,
        count(*) FILTER (severity = 'statutory' AND outcome = 'fail') AS broken,
        count(*) FILTER (outcome = 'not_evaluable') AS open,
        count(*) FILTER (severity = 'heuristic' AND outcome = 'fail') AS notes,
        count(*) FILTER (outcome = 'fail' AND attribution = 'source') AS source,
        count(*) FILTER (outcome = 'fail' AND attribution = 'reading') AS reading,
        count(*) FILTER (outcome = 'fail' AND attribution = 'definition') AS definition
    FROM lake.quality_check
    WHERE is_current AND outcome IN ('fail', 'not_evaluable')
    GROUP BY report_no
),
issue AS (SELECT report_id, count(*) AS issues FROM lake.quality_issue GROUP BY report_id)
SELECT
    report.report_id, report.agency_id, report.agency_name, report.province, report.report_year, report.version,
    report.is_current, report.verdict, report.reason,
    coalesce(failing.broken, 0) AS broken, coalesce(failing.open, 0) AS open, coalesce(failing.notes, 0) AS notes,
    coalesce(issue.issues, 0) AS issues, coalesce(failing.source, 0) AS source,
    coalesce(failing.reading, 0) AS reading, coalesce(failing.definition, 0) AS definition
FROM lake.report AS report
LEFT JOIN failing USING (report_no)
LEFT JOIN issue USING (report_id)
