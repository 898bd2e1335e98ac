-- Question: what did the last runs do?
-- Grain:    a run that stored something.
-- 问题: 最近几次运行做了什么？
-- 每行: 一次存下了内容的运行。
-- Example:  SELECT started_at, reports, flagged, quarantined FROM run ORDER BY started_at DESC LIMIT 10
SELECT * FROM lake.run
