-- Question: what was believed, before a run (side 'old') or after it ('new'), of the reports it touched?
-- Grain:    an indicator (and kind of applicant) of an agency's year and scope that the run touched, as current then;
--           `alone` where the other side has no report. `doubt` is that of the cell as it stands today.
-- 问题: 一次运行所涉的年报，运行前后各指标是多少？
-- 每行: 运行之前（old）或之后（new）现行年报的一个指标；alone 表示另一侧没有该年报；doubt 为该格现在的存疑。
-- Example:  SELECT count(*) FROM fact_around('20260301T020000000000Z', 'new') WHERE alone
(run, side) AS TABLE
WITH span AS (
    SELECT min(commit_seq) - 1 AS before, max(commit_seq) AS after FROM lake.commit WHERE run_id = run
),
touched AS (
    SELECT DISTINCT agency_id, report_year, scope
    FROM lake.reading, span
    WHERE (commit_seq > before AND commit_seq <= after) OR (until_seq > before AND until_seq <= after)
),
-- The few reports in question come first: report_at and fact_at would go through all others, too.
known AS (FROM lake.reading SEMI JOIN touched USING (agency_id, report_year, scope)),
old AS (
WITH asked AS (SELECT before AS at_seq FROM span),
{reports}
),
new AS (
WITH asked AS (SELECT after AS at_seq FROM span),
{reports}
),
version AS (
    SELECT 'old' AS state, old.*, before AS at_seq FROM old CROSS JOIN span WHERE is_current
    UNION ALL BY NAME
    SELECT 'new' AS state, new.*, after AS at_seq FROM new CROSS JOIN span WHERE is_current
),
chosen AS (
    SELECT
        one.at_seq, one.report_no, one.report_id, one.agency_id, one.report_year, one.scope, one.verdict,
        other.report_no IS NULL AS alone,
        CASE WHEN side = 'old' THEN coalesce(other.agency_name, one.agency_name) ELSE one.agency_name END AS agency_name
    FROM (FROM version WHERE state = side) AS one
    LEFT JOIN (FROM version WHERE state <> side) AS other USING (agency_id, report_year, scope)
),
before AS (
    -- The first change after the commit tells what stood at it.
    SELECT cell.* FROM lake.cell_before AS cell JOIN chosen USING (report_no)
    WHERE until_seq > at_seq
    QUALIFY row_number() OVER (
        PARTITION BY report_no, table_key, indicator_code, applicant_code ORDER BY until_seq
    ) = 1
),
fact AS (
    SELECT cell.* FROM lake.cell JOIN chosen USING (report_no)
    LEFT JOIN before USING (report_no, table_key, indicator_code, applicant_code)
    WHERE before.until_seq IS NULL
    UNION ALL BY NAME
    SELECT * EXCLUDE until_seq FROM before WHERE kind <> 'absent'
)
SELECT
    chosen.agency_id, chosen.agency_name, chosen.report_year, chosen.scope, chosen.alone,
    fact.indicator_code, fact.applicant_code, fact.value, fact.printed, fact.kind, fact.unit, chosen.report_id,
    chosen.verdict, coalesce(doubt.doubt, '') AS doubt
FROM fact JOIN chosen USING (report_no)
LEFT JOIN (FROM lake.doubt SEMI JOIN chosen USING (report_no)) AS doubt
    ON doubt.report_no = fact.report_no AND doubt.indicator_code = fact.indicator_code
    AND doubt.applicant_code = fact.applicant_code
WHERE fact.kind <> 'missing'
