-- Question: do two files print the same figures?
-- Grain:    a report as last read; the digest is that of all its numbers and where they stand, whatever the shape.
-- Example:  SELECT digest, count(*) FROM lake.figures GROUP BY digest HAVING count(*) > 1
SELECT
    report_no, count(*)::INTEGER AS numbers,
    bit_xor(hash(table_key, indicator_code, applicant_code, value)) AS digest
FROM new_cell
WHERE value IS NOT NULL
GROUP BY report_no
ORDER BY report_no
