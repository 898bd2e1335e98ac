-- Question: how does a report word its chapters?
-- Grain:    a chapter of a report as last read.
-- 问题: 年报各章是怎样措辞的？
-- 每行: 最近一次读取的年报的一章。
-- Example:  SELECT chapter, length FROM sketch LIMIT 10
SELECT * EXCLUDE commit_seq FROM lake.sketch
