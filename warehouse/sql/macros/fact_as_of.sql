-- Question: what did we believe on a day?
-- Grain:    an indicator (and kind of applicant) of a report that was current at that moment (UTC); columns as in `fact`.
-- 问题: 某一天我们认定的数字是多少？
-- 每行: 该时刻（UTC）的现行年报的一个指标（及申请人类别）；列同 fact，存疑以当时有效的检查为准。
-- Example:  SELECT value, doubt FROM fact_as_of(TIMESTAMP '2100-01-01') WHERE indicator_code = 'req_new' AND report_year = {report_year}
(moment) AS TABLE
FROM fact_at((SELECT coalesce(max(commit_seq), 0) FROM lake.commit WHERE committed_at <= moment))
