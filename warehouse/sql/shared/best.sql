-- Question: which value of a cell is to be taken, and where does it come from?
-- Grain:    two columns of a row of `cell`: a reviewer's value, else the only one that makes the identities hold, else the
--           printed one.
-- Example:  SELECT value_best, value_basis FROM fact
    CASE WHEN coalesce(cell.correction, '') = '' THEN coalesce(cell.suggested_value, cell.value) ELSE cell.value END
        AS value_best,
    CASE
        WHEN cell.kind = 'corrected' THEN 'corrected'
        WHEN coalesce(cell.correction, '') = '' AND cell.suggested_value IS NOT NULL THEN 'suggested'
        WHEN cell.value IS NOT NULL THEN 'printed'
        ELSE ''
    END AS value_basis,
