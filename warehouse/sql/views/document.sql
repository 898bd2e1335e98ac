-- Question: what became of a file?
-- Grain:    a file ever received: a name and content.
-- Example:  SELECT source_name, reason FROM document WHERE outcome = 'unreadable'
SELECT
    document_sha256, source_name, media_type, bytes, first_seen, outcome, reason, report_id, encoding, fingerprint
FROM lake.document
