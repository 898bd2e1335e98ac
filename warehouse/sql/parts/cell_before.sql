-- Question: what did we believe of a cell before its document was read again?
-- Grain:    a cell whose reading changed; it stood until the commit `until_seq`. A cell that was not there before is kind
--           'absent'. What did not change is in lake.cell alone.
-- Example:  SELECT printed, until_seq FROM lake.cell_before WHERE indicator_code = 'req_new'
WITH reread AS (SELECT report_no, until_seq FROM known_report),
old AS (SELECT * FROM lake.cell SEMI JOIN reread USING (report_no)),
new AS (SELECT * FROM new_cell SEMI JOIN reread USING (report_no)),
before AS (
    SELECT * FROM (SELECT * FROM old EXCEPT SELECT * FROM new)
    UNION ALL BY NAME
    SELECT
        report_no, table_key, edition, indicator_code, applicant_code, '' AS printed, 'absent' AS kind,
        '' AS unit, '' AS method, '' AS issue, '' AS place
    FROM new ANTI JOIN old USING (report_no, table_key, indicator_code, applicant_code)
)
SELECT before.*, reread.until_seq
FROM before JOIN reread USING (report_no)
ORDER BY ALL
