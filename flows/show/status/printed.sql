-- What is printed in the cells of some documents.
SELECT
    document_sha256, concat_ws('/', table_key, indicator_code, nullif(applicant_code, '')) AS place,
    coalesce(printed, '') AS printed
FROM cell
WHERE document_sha256 IN ('' /* documents */)
