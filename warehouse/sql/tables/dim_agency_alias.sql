-- Question: under which other names is, or was, an agency known, and until when?
-- Grain:    a name that differs from the table of divisions; years are report years, null is open. Of a `merged` place the
--           agency is its successor: the name itself never resolves to it.
-- 问题: 某机关有哪些别名、旧名，用到何时？
-- 每行: 与区划表不同的一个名称；年份为报告年度，空为不限。merged 的 agency_id 是继任机关，该名称本身不会被认作它。
-- Example:  SELECT alias, valid_to FROM dim_agency_alias WHERE agency_id = '110118000000'
SELECT
    alias, code AS agency_id, kind,
    TRY_CAST(nullif(valid_from, '') AS INTEGER) AS valid_from, TRY_CAST(nullif(valid_to, '') AS INTEGER) AS valid_to,
    source
FROM reference_alias
ORDER BY ALL
