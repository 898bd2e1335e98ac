-- Question: what is the value of each harmonised series in a report?
-- Grain:    a report as last read and a series (series.yaml). The value is the sum of those parts that are numbers, else the
--           subtotal printed, null if there is neither; `parts` says how many of `parts_expected` are numbers.
-- Example:  SELECT sum(value) FROM lake.series WHERE series_code = 'req_new'
SELECT
    new_cell.report_no, form_series.series_code, new_cell.edition,
    coalesce(
        TRY_CAST(sum(new_cell.value) FILTER (NOT form_series.is_whole) AS DECIMAL(18,6)),
        max(new_cell.value) FILTER (form_series.is_whole)
    ) AS value,
    (count(new_cell.value) FILTER (NOT form_series.is_whole))::INTEGER AS parts,
    any_value(form_series.parts_expected) AS parts_expected
FROM new_cell
JOIN form_series USING (edition, indicator_code)
WHERE new_cell.applicant_code IN ('', 'total')
GROUP BY new_cell.report_no, form_series.series_code, new_cell.edition
ORDER BY form_series.series_code, new_cell.report_no
