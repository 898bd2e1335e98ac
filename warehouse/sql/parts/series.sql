-- Question: what is the value of each harmonised series in a report?
-- Grain:    a report as last read and a series (series.yaml), the sum of figures; a group of lines stands for its parts
--           (transform/figures.py). Null if there is no number; `parts` says how many of `parts_expected` are numbers, 0
--           where the page prints a subtotal instead of them.
-- Example:  SELECT sum(value) FROM lake.series WHERE series_code = 'req_new'
SELECT
    figure.report_no, form_series.series_code, figure.edition,
    TRY_CAST(sum(figure.value) AS DECIMAL(18,6)) AS value,
    sum(CASE
        WHEN NOT form_series.is_group THEN (figure.value IS NOT NULL)::INTEGER
        WHEN figure.is_whole THEN 0
        ELSE figure.parts_printed
    END)::INTEGER AS parts,
    any_value(form_series.parts_expected) AS parts_expected
FROM new_figure AS figure
JOIN form_series USING (edition, indicator_code)
WHERE figure.applicant_code IN ('', 'total')
GROUP BY figure.report_no, form_series.series_code, figure.edition
ORDER BY form_series.series_code, figure.report_no
