-- Question: which reports stood at a commit, which were current, and with which verdict?
-- Grain:    a row of `known`, readings of reports, that stood after the commit `at_seq` of `asked`; of reports that are
--           versions of one another `known` has all or none.
-- Example:  SELECT report_id, verdict FROM report_at(1) WHERE is_current
candidate AS (
    SELECT known.* EXCLUDE (version, is_current), TRUE AS live
    FROM known CROSS JOIN asked
    WHERE commit_seq <= at_seq AND (until_seq IS NULL OR until_seq > at_seq)
),
version AS (
WITH
{versions}
),
-- What only a comparison with others showed by then; of each rule the newest checks there were.
checked AS (
    SELECT report_no, check_code, location, found, outcome
    FROM lake.quality_check AS standing JOIN version USING (report_no) CROSS JOIN asked
    WHERE standing.commit_seq BETWEEN version.commit_seq AND asked.at_seq
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
