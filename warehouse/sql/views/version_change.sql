-- Question: what does a later version of a report say otherwise than the version before it?
-- Grain:    a cell whose value differs between a version and the one before; null where one does not print a number.
-- 问题: 后一版本与前一版本有哪些不同？
-- 每行: 相邻两个版本中数值不同的一格；一方没有印数字的为空。
-- Example:  SELECT relation, count(*) FROM version_change GROUP BY relation
WITH pair AS (
    SELECT new.report_no, new.report_id, old.report_no AS before_report_no, version.before_report_id, version.relation,
        new.verdict, new.agency_id, new.agency_name, new.report_year, new.scope, new.agency_level, new.agency_type,
        new.province, new.prefecture, new.county, new.edition
    FROM version
    JOIN lake.report AS new USING (report_id)
    JOIN lake.report AS old ON old.report_id = version.before_report_id
    WHERE version.relation IN ('correction', 'conflict')
),
after AS (SELECT pair.report_no, cell.* EXCLUDE report_no FROM lake.cell JOIN pair USING (report_no)),
before AS (
    SELECT pair.report_no, cell.* EXCLUDE report_no
    FROM lake.cell JOIN pair ON pair.before_report_no = cell.report_no
),
differing AS (
    SELECT
        report_no, indicator_code, applicant_code, before.value AS value_before, after.value,
        before.printed AS printed_before, after.printed
    FROM before FULL JOIN after USING (report_no, table_key, indicator_code, applicant_code)
    WHERE before.value IS DISTINCT FROM after.value
)
SELECT
    pair.report_id, pair.before_report_id, pair.relation, differing.indicator_code, differing.applicant_code,
    differing.value_before, differing.value, differing.printed_before, differing.printed,
    pair.verdict, coalesce(doubt.doubt, '') AS doubt, pair.agency_id, pair.agency_name, pair.report_year, pair.scope,
    pair.agency_level, pair.agency_type, pair.province, pair.prefecture, pair.county, pair.edition
FROM differing
JOIN pair USING (report_no)
LEFT JOIN lake.doubt AS doubt USING (report_no, indicator_code, applicant_code)
