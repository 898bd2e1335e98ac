-- Question: who is behind an agency_id?
-- Grain:    an agency any report names, as its latest report has it.
-- 问题: agency_id 是哪个机关？
-- 每行: 年报中出现过的一个机关，以其最近一份年报为准。
-- Example:  SELECT agency_name, agency_level FROM dim_agency WHERE province = '{province}'
SELECT
    agency_id, agency_name, division_code, agency_level, agency_type, province, prefecture, county, parent_id,
    max(nullif(credit_code, '')) OVER (PARTITION BY agency_id) AS credit_code
FROM lake.report
WHERE agency_id IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY agency_id ORDER BY verdict = 'quarantined', report_year DESC NULLS LAST, loaded_at DESC, report_id
) = 1
ORDER BY agency_id
