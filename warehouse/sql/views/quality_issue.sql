-- Question: what was strange on a page?
-- Grain:    an issue of the latest reading of a document.
-- 问题: 页面有什么异常？
-- 每行: 最近一次读取某文件时遇到的一个问题。
-- Example:  SELECT code, location, found, expected FROM quality_issue LIMIT 10
SELECT * EXCLUDE commit_seq FROM lake.quality_issue
