-- Question: what did a run change in what we believe?
-- Grain:    a fact that a run added (ADD), changed in value, unit or kind (MOD) or took back (DEL); nothing else is listed. `doubt`
--           is the worse of both sides, as it stands today.
-- 问题: 一次运行改变了什么？
-- 每行: 运行增加（ADD）、改变数值、单位或种类（MOD）、收回（DEL）的一个指标；其余不列。doubt 取前后两侧现在存疑中较重的。
-- Example:  SELECT change, count(*) FROM fact_delta((SELECT max(run_id) FROM run)) GROUP BY change
-- Rule:     each side is asked for twice, for DuckDB keeps a CTE with two readers in memory, and a first run is all facts
--           there are. Facts are held together only where there was a report before and is one now.
(run) AS TABLE
WITH changed AS (
    SELECT
        CASE WHEN old.kind IS NULL THEN 'ADD' WHEN new.kind IS NULL THEN 'DEL' ELSE 'MOD' END AS change,
        agency_id, coalesce(new.agency_name, old.agency_name) AS agency_name, report_year, scope,
        indicator_code, applicant_code,
        old.value AS old_value, new.value AS new_value, old.printed AS old_printed, new.printed AS new_printed,
        old.kind AS old_kind, new.kind AS new_kind, old.unit AS old_unit, new.unit AS new_unit,
        old.report_id AS old_report_id, new.report_id AS new_report_id,
        coalesce(new.verdict, old.verdict) AS verdict, greatest(old.doubt, new.doubt) AS doubt
    FROM (FROM fact_around(run, 'old') WHERE NOT alone) AS old
    FULL JOIN (FROM fact_around(run, 'new') WHERE NOT alone) AS new
        USING (agency_id, report_year, scope, indicator_code, applicant_code)
    WHERE old.value IS DISTINCT FROM new.value OR old.unit IS DISTINCT FROM new.unit
        OR old.kind IS DISTINCT FROM new.kind
)
FROM changed
UNION ALL BY NAME
SELECT
    'ADD' AS change, agency_id, agency_name, report_year, scope, indicator_code, applicant_code,
    value AS new_value, printed AS new_printed, kind AS new_kind, unit AS new_unit, report_id AS new_report_id,
    verdict, doubt
FROM fact_around(run, 'new') WHERE alone
UNION ALL BY NAME
SELECT
    'DEL' AS change, agency_id, agency_name, report_year, scope, indicator_code, applicant_code,
    value AS old_value, printed AS old_printed, kind AS old_kind, unit AS old_unit, report_id AS old_report_id,
    verdict, doubt
FROM fact_around(run, 'old') WHERE alone
