-- Question: what stands in the lines of section 二, as columns?
-- Grain:    a report as last read, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in lake.cell; where they are printed
--           instead of the line they divide, they stand for it (transform/figures.py).
-- Example:  SELECT max(licence_decisions) FROM lake.disclosure
SELECT
    report_no,
    {figures proactive}
FROM new_figure
WHERE table_key = 'proactive'
GROUP BY report_no
ORDER BY report_no
