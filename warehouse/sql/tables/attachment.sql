-- Question: which page offers which file, and what was the file read as?
-- Grain:    a file as an attachment of a page, at its newest content; one that could not be fetched is not here.
-- 问题: 哪个页面附有哪个文件，读成了什么？
-- 每行: 页面所附的一个文件，取其最新内容；没有取到的不在内。
-- Example:  SELECT found_on, source_name, outcome FROM attachment LIMIT 10
WITH fetched AS (
    SELECT found_on, url, document_sha256 FROM lake.fetch
    WHERE purpose = 'attachment' AND document_sha256 IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY found_on, url ORDER BY commit_seq DESC) = 1
)
SELECT fetched.found_on, fetched.url AS source_name, fetched.document_sha256, document.outcome, document.report_id
FROM fetched
JOIN lake.document AS document ON document.source_name = fetched.url AND document.document_sha256 = fetched.document_sha256
ORDER BY ALL
