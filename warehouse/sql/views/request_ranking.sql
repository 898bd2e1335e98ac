-- Question: where does an agency stand among those of its kind, in its province and nationwide?
-- Grain:    a current report with a number of requests; rank 1 has the most. Compared are agencies of the same level, type,
--           scope and year, and only those that were read (see coverage): `reports` of them, of which `reports_doubtful`
--           rest on figures in doubt. `…_trusted` ranks those in no doubt among themselves; null for the others.
-- 问题: 某机关在全省、全国同类机关中排第几？
-- 每行: 一份有新收申请数的现行年报，第 1 名最多。只在同年、同级、同类、同范围且已读取的机关之间比较：共 reports 份，其中
--       reports_doubtful 份依据存疑数字。…_trusted 为没有存疑的机关之间的位次，存疑者为空。
-- Example:  SELECT agency_name, rank_in_province, of_in_province FROM request_ranking WHERE report_year = {report_year} ORDER BY rank_nationwide LIMIT 10
SELECT
    report_id, agency_id, agency_name, report_year, scope, province, agency_level, agency_type, req_new, deny_rate,
    rank() OVER (here ORDER BY req_new DESC) AS rank_in_province,
    count(*) OVER here AS of_in_province,
    rank() OVER (everywhere ORDER BY req_new DESC) AS rank_nationwide,
    count(*) OVER everywhere AS of_nationwide,
    CASE WHEN deny_rate IS NOT NULL THEN rank() OVER (
        PARTITION BY report_year, agency_level, agency_type, scope, province, deny_rate IS NULL ORDER BY deny_rate DESC
    ) END AS deny_rank_in_province,
    edition, prefecture, county, verdict, doubt,
    count(*) OVER everywhere AS reports,
    count(*) FILTER (doubt <> '') OVER everywhere AS reports_doubtful,
    CASE WHEN doubt = '' THEN rank() OVER (
        PARTITION BY report_year, agency_level, agency_type, scope, province, doubt <> '' ORDER BY req_new DESC
    ) END AS rank_in_province_trusted,
    CASE WHEN doubt = '' THEN rank() OVER (
        PARTITION BY report_year, agency_level, agency_type, scope, doubt <> '' ORDER BY req_new DESC
    ) END AS rank_nationwide_trusted,
    counted_in, parts, parts_printed,
    CASE WHEN deny_rate IS NOT NULL AND doubt = '' THEN rank() OVER (
        PARTITION BY report_year, agency_level, agency_type, scope, province, deny_rate IS NULL, doubt <> ''
        ORDER BY deny_rate DESC
    ) END AS deny_rank_in_province_trusted
FROM request_rates
WHERE req_new IS NOT NULL
WINDOW
    here AS (PARTITION BY report_year, agency_level, agency_type, scope, province),
    everywhere AS (PARTITION BY report_year, agency_level, agency_type, scope)
