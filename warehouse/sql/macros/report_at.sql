-- Question: which reports stood after a commit of the lake, and which were current?
-- Grain:    a version of a report as it stood then; the rule is that of sql/shared/versions.sql.
-- 问题: 湖的某次提交之后，有哪些年报，以哪个为现行？
-- 每行: 当时年报的一个版本；规则见 sql/shared/versions.sql。
-- Example:  SELECT report_id, verdict FROM report_at(1) WHERE is_current
(seq) AS TABLE
WITH version AS (
WITH candidate AS (
    SELECT * EXCLUDE (version, is_current), TRUE AS live
    FROM lake.reading
    WHERE commit_seq <= seq AND (until_seq IS NULL OR until_seq > seq)
),
{versions}
),
-- What only a comparison with others showed by then; of each rule the newest checks there were.
checked AS (
    SELECT report_no, check_code, location, found, outcome
    FROM lake.quality_check AS standing JOIN version USING (report_no)
    WHERE standing.commit_seq BETWEEN version.commit_seq AND seq
        AND check_code IN (SELECT check_code FROM dim_rule WHERE flags)
    QUALIFY standing.commit_seq = max(standing.commit_seq) OVER (PARTITION BY report_no, check_code)
),
raised AS (
    SELECT report_no, string_agg(check_code || ': ' || found, '; ' ORDER BY check_code, location) AS reason
    FROM checked WHERE outcome = 'fail' GROUP BY report_no
)
SELECT version.* REPLACE (
    CASE WHEN raised.reason IS NOT NULL AND version.verdict = 'pass' THEN 'flagged' ELSE version.verdict END AS verdict,
    concat_ws('; ', nullif(version.reason, ''), raised.reason) AS reason
)
FROM version LEFT JOIN raised USING (report_no)
