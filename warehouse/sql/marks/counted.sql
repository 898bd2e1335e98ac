-- Question: which report on a whole area counts this one's figures, too?
-- Grain:    a current report that lies in the area of another of its year; the rule is that of sql/shared/counted.sql.
-- Example:  SELECT count(*) FROM lake.counted
WITH placed AS (FROM lake.reading WHERE until_seq IS NULL AND is_current),
{counted}
SELECT * FROM counted
ORDER BY report_no
