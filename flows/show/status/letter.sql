-- What an agency is asked to look at: each figure that breaks a sum of its own form, and what it should be.
SELECT
    r.report_year, t.zh AS table_zh, i.label_zh, coalesce(a.label_zh, '') AS applicant_zh, f.printed, f.suggested_value,
    -- Without the sentence that says what should be: there is a column for it.
    string_agg(DISTINCT regexp_replace(q.message_zh, '。若.*$', ''), '；' ORDER BY regexp_replace(q.message_zh, '。若.*$', '')) AS why,
    coalesce(r.page_url, r.source_name) AS link, r.agency_name
FROM report AS r
JOIN check_cell AS c USING (report_id)
JOIN quality_check AS q USING (report_id, check_code, location)
JOIN fact AS f ON f.report_id = r.report_id AND f.indicator_code = c.indicator_code
    AND f.applicant_code = c.applicant_code
JOIN dim_indicator AS i ON i.indicator_code = f.indicator_code
LEFT JOIN (VALUES ('proactive', '主动公开'), ('requests', '收到和处理申请'), ('review', '复议诉讼')) AS t(code, zh)
    ON t.code = f.table_key
LEFT JOIN dim_applicant AS a ON a.applicant_code = f.applicant_code
WHERE r.is_current AND r.agency_id = getvariable('agency') AND c.severity = 'statutory' AND c.outcome = 'fail'
    -- What it said itself it need not be asked again.
    AND NOT starts_with(coalesce(f.correction, ''), 'confirmed:')
    AND (f.suggested_value IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM fact AS o JOIN check_cell AS p USING (report_id, indicator_code, applicant_code)
        WHERE p.report_id = r.report_id AND p.check_code = c.check_code AND p.location = c.location
            AND o.suggested_value IS NOT NULL
    ))
GROUP BY ALL
ORDER BY r.report_year, table_zh, i.label_zh, applicant_zh
