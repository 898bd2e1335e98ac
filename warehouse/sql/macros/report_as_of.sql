-- Question: which reports did we know on a day, and which did we take for current?
-- Grain:    a version of a report as it stood at that moment (UTC).
-- 问题: 某一天我们知道哪些年报，以哪个为现行？
-- 每行: 该时刻（UTC）年报的一个版本。
-- Example:  SELECT agency_name, report_year, verdict, doubt FROM report_as_of(TIMESTAMP '2100-01-01') WHERE is_current
(moment) AS TABLE
WITH moment_seq AS (SELECT coalesce(max(commit_seq), 0) AS seq FROM lake.commit WHERE committed_at <= moment)
SELECT
    report_id, agency_id, agency_name, report_year, scope, edition, version, is_current, verdict, reason,
    published_on, document_sha256, source_name, loaded_at, title, first_seen, doubtful, coalesce(worst.doubt, '') AS doubt,
    coalesce(worst.cells, 0) AS doubtful_cells
FROM report_at((SELECT seq FROM moment_seq))
LEFT JOIN (
    SELECT report_id, max(doubt) AS doubt, count(*) FILTER (doubt <> '')::INTEGER AS cells
    FROM fact_at((SELECT seq FROM moment_seq)) GROUP BY report_id
) AS worst USING (report_id)
