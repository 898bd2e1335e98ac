-- What is printed in the cells of some documents; what the page does not have is left out, but for a cell of the form
-- whose place is empty.
SELECT
    document_sha256, concat_ws('/', table_key, indicator_code, nullif(applicant_code, '')) AS place,
    coalesce(printed, '') AS printed
FROM cell
WHERE document_sha256 IN ('' /* documents */)
