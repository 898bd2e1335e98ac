-- Question: what could not be read as expected?
-- Grain:    an issue met in the latest reading of a document.
-- Example:  SELECT code, count(*) FROM lake.quality_issue GROUP BY code ORDER BY 2 DESC
SELECT quality_issue.*
FROM concerned_quality_issue AS quality_issue
JOIN lake.document
    ON document.document_sha256 = quality_issue.document_sha256
    AND document.outcome <> 'duplicate'
    AND document.commit_seq <= quality_issue.commit_seq
QUALIFY quality_issue.commit_seq = max(quality_issue.commit_seq) OVER (PARTITION BY quality_issue.document_sha256)
