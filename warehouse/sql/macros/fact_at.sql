-- Question: what did current reports state after a commit of the lake?
-- Grain:    an indicator (and kind of applicant) of a report that was current then.
-- 问题: 湖的某次提交之后，现行年报各指标是多少？
-- 每行: 当时的现行年报的一个指标（及申请人类别）。
-- Example:  SELECT count(*) FROM fact_at(1)
(seq) AS TABLE
WITH before AS (
    -- The first change after the commit tells what stood at it.
    SELECT * FROM lake.cell_before
    WHERE until_seq > seq
    QUALIFY row_number() OVER (
        PARTITION BY report_no, table_key, indicator_code, applicant_code ORDER BY until_seq
    ) = 1
),
held AS NOT MATERIALIZED (
    SELECT * FROM lake.cell ANTI JOIN before USING (report_no, table_key, indicator_code, applicant_code)
    UNION ALL BY NAME
    SELECT * EXCLUDE until_seq FROM before WHERE kind <> 'absent'
),
standing AS (SELECT * FROM report_at(seq) WHERE is_current),
-- The checks of a reading, of each the newest there was; issues of lines are those of the last reading of the document.
newest AS (
    SELECT report_no, check_code, max(commit_seq) AS commit_seq
    FROM lake.quality_check WHERE commit_seq <= seq GROUP BY ALL
),
judged AS (
    SELECT checked.report_no, checked.check_code, checked.severity, checked.outcome, checked.cells
    FROM lake.quality_check AS checked
    JOIN newest USING (report_no, check_code, commit_seq)
    JOIN standing ON standing.report_no = checked.report_no AND checked.commit_seq >= standing.commit_seq
),
kind AS (SELECT code, severity FROM dim_issue),
placed AS (FROM standing),
{counted}
,
{doubts}
, doubt AS (
    SELECT
        report_no, indicator_code, applicant_code, max(doubt) AS doubt,
        string_agg(DISTINCT code, ' ' ORDER BY code) AS doubt_codes
    FROM because
    GROUP BY ALL
)
SELECT
    report.agency_id, report.agency_name, report.report_year, report.scope, cell.edition,
    cell.indicator_code, cell.applicant_code, cell.value, cell.unit, cell.kind, cell.printed,
    cell.method, cell.suggested_value, report.report_id, report.document_sha256, report.source_name,
    cell.issue, cell.correction, coalesce(doubt.doubt, '') AS doubt, coalesce(doubt.doubt_codes, '') AS doubt_codes,
{best}
    cell.is_total, indicator.label_zh AS indicator_zh, indicator.label_en AS indicator_en,
    cell.table_key, report.verdict, report.agency_level, report.agency_type, report.province, report.prefecture,
    report.county, counted.counted_in
FROM held AS cell
LEFT JOIN doubt USING (report_no, indicator_code, applicant_code)
JOIN standing AS report ON report.report_no = cell.report_no
LEFT JOIN counted ON counted.report_no = report.report_no
LEFT JOIN dim_indicator_edition AS indicator
    ON indicator.edition = cell.edition AND indicator.indicator_code = cell.indicator_code
WHERE cell.kind <> 'missing'
