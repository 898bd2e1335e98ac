-- Question: which reports stood after a commit of the lake, and which were current?
-- Grain:    a version of a report as it stood then; the rule is that of sql/shared/versions.sql.
-- 问题: 湖的某次提交之后，有哪些年报，以哪个为现行？
-- 每行: 当时年报的一个版本；规则见 sql/shared/versions.sql。
-- Example:  SELECT report_id, verdict FROM report_at(1) WHERE is_current
(seq) AS TABLE
WITH asked AS (SELECT seq AS at_seq),
known AS (FROM lake.reading),
{reports}
