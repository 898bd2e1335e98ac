-- Question: what became of a file?
-- Grain:    a file ever received: a name and content.
-- 问题: 某个文件读出了什么？
-- 每行: 收到过的一个文件：一个名称、一种内容。
-- Example:  SELECT outcome, count(*) FROM document GROUP BY outcome
SELECT
    document_sha256, source_name, media_type, bytes, first_seen, outcome,
    CASE WHEN outcome IN ('not_a_report', 'report_without_tables') AND held.files IS NOT NULL
        THEN reason || '; the report is in what it offers: ' || held.files ELSE reason
    END AS reason,
    report_id, encoding, fingerprint
FROM lake.document
LEFT JOIN (
    SELECT found_on, string_agg(source_name, ', ' ORDER BY source_name) AS files
    FROM attachment WHERE report_id IS NOT NULL GROUP BY found_on
) AS held ON held.found_on = source_name
