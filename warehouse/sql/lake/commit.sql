-- Question: when did the lake grow, and by which run?
-- Grain:    a commit of the lake.
-- Example:  SELECT max(commit_seq) FROM lake.commit WHERE committed_at <= TIMESTAMP '2026-03-01'
SELECT commit_seq, run_id, committed_at FROM committed_commit ORDER BY commit_seq
