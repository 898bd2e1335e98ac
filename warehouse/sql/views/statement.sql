-- Question: what does the prose of a report state in figures?
-- Grain:    a figure of a report as last read.
-- 问题: 年报正文用数字说了什么？
-- 每行: 最近一次读取的年报正文中的一个数字。
-- Example:  SELECT quantity, value, quote FROM statement LIMIT 10
SELECT * EXCLUDE commit_seq FROM lake.statement
