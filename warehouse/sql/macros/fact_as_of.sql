-- Question: what did we believe on a day?
-- Grain:    an indicator (and kind of applicant) of a report that was current at that moment (UTC); columns as in `fact`.
-- Example:  SELECT value FROM fact_as_of(TIMESTAMP '2026-03-01') WHERE indicator_code = 'req_new' AND report_year = 2023
(moment) AS TABLE
FROM fact_at((SELECT coalesce(max(commit_seq), 0) FROM lake.commit WHERE committed_at <= moment))
