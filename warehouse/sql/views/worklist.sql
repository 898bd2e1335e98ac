-- Question: what is in doubt, place by place, and what did reviewers say to it?
-- Grain:    a doubt about a report that is current or quarantined, by `kind`: name (unknown), suggestion (a cell), rule (a
--           sum that fails and has no suggestion), undecided (one a blank leaves open), issue (of the reading), value (no
--           number where one belongs), cell (whose doubt a reviewer's value ended), other. `place` lists the cells it is
--           about, as corrections name them; "" where no decision can settle it. Those to do are open or reopened.
-- 问题: 哪些地方存疑，复核人作过什么决定？
-- 每行: 现行或隔离年报的一处疑点，按种类（kind）：name 机关不明、suggestion 有建议值的格、rule 不成立又无建议值的勾稽、
--       undecided 因空白无法判断、issue 读取问题、value 应有数字而没有、cell 已由复核更正的格、other 其他。place 为所涉各格，
--       写法同复核决定；空串为无法以决定了结。待办的状态为 open 或 reopened。
-- Example:  SELECT kind, what, place FROM worklist WHERE state IN ('open', 'reopened') AND report_year = 2023
WITH wanted AS (
    SELECT * FROM lake.report WHERE is_current OR verdict = 'quarantined'
),
named AS (
    SELECT issue.*, wanted.report_no, wanted.agency_name, replace(issue.location, ' / ', '/') AS place
    FROM lake.quality_issue AS issue JOIN wanted USING (report_id)
    WHERE issue.severity <> 'heuristic'
),
failing AS (
    SELECT report_no, check_code, location, outcome, attribution, severity, string_split(cells, ' ') AS cells
    FROM lake.quality_check
    WHERE is_current AND report_no IN (SELECT report_no FROM wanted WHERE is_current) AND (
        severity = 'statutory' AND outcome IN ('fail', 'not_evaluable')
        OR outcome = 'fail' AND check_code IN (SELECT check_code FROM dim_rule WHERE flags)
    )
),
resting AS (
    SELECT
        * EXCLUDE cells, unnest(cells) AS address, unnest(range(len(cells))) AS ordinal,
        split_part(address, '/', 1) AS indicator_code, split_part(address, '/', 2) AS applicant_code
    FROM failing
),
held AS (
    SELECT
        resting.*, cell.printed, cell.suggested_value, cell.correction, split_part(cell.correction, ':', 1) AS action,
        concat_ws('/', cell.table_key, cell.indicator_code, nullif(cell.applicant_code, '')) AS place
    FROM resting JOIN lake.cell USING (report_no, indicator_code, applicant_code)
),
-- Cells about which something is to be said or was said; those of reports no doubt is about are many.
cells AS (
    SELECT
        cell.* EXCLUDE place, split_part(coalesce(correction, ''), ':', 1) AS action,
        concat_ws('/', table_key, indicator_code, nullif(applicant_code, '')) AS place,
        concat_ws('/', indicator_code, nullif(applicant_code, '')) AS address
    FROM lake.cell
    WHERE report_no IN (SELECT report_no FROM wanted WHERE is_current AND (verdict <> 'pass' OR correction <> ''))
        AND (
            correction <> '' OR suggested_value IS NOT NULL OR issue <> ''
            OR kind IN ('blank', 'dash', 'slash', 'word', 'unparsed')
        )
),
suggested AS (
    SELECT
        report_no, 'suggestion' AS kind, cells.address AS what, place, any_value(cells.printed) AS printed,
        any_value(cells.suggested_value) AS suggested_value,
        string_agg(DISTINCT check_code, ' ' ORDER BY check_code) AS rules, 'statutory' AS severity,
        coalesce(max(nullif(attribution, '')), '') AS attribution, any_value(cells.correction) AS correction
    FROM cells LEFT JOIN held USING (report_no, place)
    WHERE cells.suggested_value IS NOT NULL
    GROUP BY report_no, cells.address, place
),
broken AS (
    SELECT
        failing.report_no, CASE failing.outcome WHEN 'fail' THEN 'rule' ELSE 'undecided' END AS kind,
        failing.check_code AS what, coalesce(string_agg(held.place, ' ' ORDER BY held.ordinal), '') AS place,
        coalesce(arg_min(held.printed, held.ordinal), '') AS printed, NULL::DECIMAL(18, 6) AS suggested_value,
        failing.check_code AS rules, failing.severity, coalesce(failing.attribution, '') AS attribution,
        coalesce(max(held.correction) FILTER (held.action IN ('told', 'confirmed', 'accept')), '') AS correction
    FROM failing LEFT JOIN held USING (report_no, check_code, location)
    GROUP BY
        failing.report_no, failing.check_code, failing.location, failing.outcome, failing.severity, failing.attribution
    HAVING count(held.suggested_value) = 0
),
-- A line or table is settled once all of its cells are that the page has.
decidable AS (
    SELECT report_no, edition, table_key, indicator_code, applicant_code, kind, coalesce(correction, '') AS correction
    FROM lake.cell WHERE report_no IN (SELECT report_no FROM lake.cell WHERE correction <> '')
),
settled AS (
    SELECT report_no, place, max(correction) AS correction FROM (
        SELECT report_no, concat_ws('/', table_key, indicator_code, nullif(applicant_code, '')) AS place, kind, correction
        FROM decidable
        UNION ALL
        SELECT report_no, table_key || '/' || line_code, kind, correction
        FROM decidable JOIN dim_line USING (edition, table_key, indicator_code, applicant_code)
        UNION ALL
        SELECT report_no, table_key, kind, correction FROM decidable
    )
    GROUP BY report_no, place
    HAVING bool_and(correction <> '' OR kind = 'missing') AND max(correction) <> ''
),
known AS (
    SELECT table_key || '/' || line_code AS place FROM dim_line
    UNION
    SELECT concat_ws('/', table_key, indicator_code, nullif(applicant_code, '')) FROM dim_line
),
-- Where a form has no such place, a row no label places or a header, the decision is about the table.
placed AS (
    SELECT
        report_no, code, severity, coalesce(found, '') AS found,
        CASE
            WHEN code LIKE 'year%' THEN 'report/year'
            WHEN severity = 'critical' OR split_part(place, '/', 1) NOT IN (SELECT table_key FROM dim_line) THEN ''
            WHEN place IN (FROM known) THEN place
            ELSE split_part(place, '/', 1)
        END AS place
    FROM named
    WHERE code NOT IN ('agency_not_found', 'agency_ambiguous', 'name_conflict', 'correction_stale')
),
read_badly AS (
    SELECT
        report_no, 'issue' AS kind, code AS what, place, string_agg(DISTINCT found, ' · ' ORDER BY found) AS printed,
        NULL::DECIMAL(18, 6) AS suggested_value, code AS rules, severity, 'reading' AS attribution,
        coalesce(any_value(correction), '') AS correction
    FROM placed LEFT JOIN settled USING (report_no, place)
    GROUP BY ALL
),
-- What an issue of no line or cell of its own says of cells, and what is no number where one belongs.
unsaid AS (
    SELECT
        report_no, CASE WHEN issue <> '' THEN 'issue' ELSE 'value' END AS kind,
        CASE WHEN issue <> '' THEN issue ELSE cells.kind END AS what,
        string_agg(place, ' ' ORDER BY grid, grid_row, grid_column, place) AS place, first(printed) AS printed,
        NULL::DECIMAL(18, 6) AS suggested_value, what AS rules, 'statutory' AS severity, 'reading' AS attribution,
        CASE WHEN bool_and(correction <> '') THEN max(correction) ELSE '' END AS correction
    FROM cells
    WHERE suggested_value IS NULL AND method <> 'prose' AND action NOT IN ('override', 'blank')
        AND CASE
            WHEN issue <> '' THEN issue NOT IN (SELECT code FROM dim_issue WHERE severity = 'heuristic')
                AND (report_no, issue) NOT IN (SELECT (report_no, code) FROM named)
            ELSE cells.kind IN ('word', 'unparsed')
                OR cells.kind IN ('blank', 'dash', 'slash') AND table_key = 'proactive'
        END
    GROUP BY ALL
),
decided AS (
    SELECT
        report_no, 'cell' AS kind, address AS what, place, printed, value AS suggested_value, '' AS rules,
        'statutory' AS severity, 'reading' AS attribution, correction
    FROM cells
    WHERE action IN ('override', 'blank') AND suggested_value IS NULL
),
unnamed AS (
    SELECT
        report_no, 'name' AS kind, coalesce(found, '') AS what, 'report/agency' AS place,
        any_value(coalesce(agency_name, '')) AS printed, NULL::DECIMAL(18, 6) AS suggested_value,
        string_agg(DISTINCT code, ' ' ORDER BY code) AS rules, 'critical' AS severity, 'reading' AS attribution,
        '' AS correction
    FROM named
    WHERE code IN ('agency_not_found', 'agency_ambiguous', 'name_conflict')
        AND report_no IN (SELECT report_no FROM wanted WHERE verdict = 'quarantined')
    GROUP BY ALL
),
met AS (
    FROM suggested UNION ALL FROM broken UNION ALL FROM read_badly UNION ALL FROM unsaid UNION ALL FROM decided
    UNION ALL FROM unnamed
),
-- What a reviewer decided about a text that is not printed there any more.
stale AS (
    SELECT report_no, place, min(expected) AS note FROM named WHERE code = 'correction_stale' GROUP BY report_no, place
),
every AS (
    FROM met
    UNION ALL
    SELECT report_no, 'issue', 'correction_stale', place, found, NULL, code, severity, 'reading', ''
    FROM named
    WHERE code = 'correction_stale'
        AND (report_no, place) NOT IN (SELECT (report_no, unnest(string_split(place, ' '))) FROM met)
    UNION ALL
    SELECT report_no, 'other', verdict, '', reason, NULL, '', 'statutory', '', ''
    FROM wanted
    WHERE verdict <> 'pass' AND report_no NOT IN (SELECT report_no FROM met)
        AND report_no NOT IN (SELECT report_no FROM stale)
)
SELECT
    wanted.report_id, wanted.agency_id, wanted.agency_name, wanted.province, wanted.report_year, wanted.scope,
    wanted.verdict, every.kind, every.what, every.place, every.printed, every.suggested_value, every.rules,
    every.severity, every.attribution,
    CASE split_part(every.correction, ':', 1)
        WHEN 'told' THEN 'told' WHEN 'confirmed' THEN 'confirmed' WHEN 'accept' THEN 'kept' WHEN 'override' THEN 'corrected'
        WHEN 'blank' THEN 'corrected' ELSE CASE WHEN stale.note IS NULL THEN 'open' ELSE 'reopened' END
    END AS state,
    coalesce(nullif(every.correction, ''), stale.note, '') AS decision,
    regexp_extract(every.correction, '\(([^()]*), \d{4}-\d\d-\d\d\)$', 1) AS reviewer,
    try_cast(regexp_extract(every.correction, '(\d{4}-\d\d-\d\d)\)$', 1) AS DATE) AS decided_on,
    wanted.document_sha256
FROM every
JOIN wanted USING (report_no)
LEFT JOIN stale ON stale.report_no = every.report_no AND contains(' ' || every.place || ' ', ' ' || stale.place || ' ')
