-- Question: which report on a whole area counts another's figures, too?
-- Grain:    one of the reports `placed` that lies in the area of another of its year, with the nearest such report. A
--           government whose scope is unknown may count its area and stands for it; at the same place the report on the
--           area counts all others, a department none but those of its name below it, if it reports on its system. Areas nest by division code.
-- Example:  SELECT count(*) FROM counted
held_wide AS (
    SELECT
        report_no, report_id, report_year, agency_level, division_code, scope,
        regexp_replace(split_part(agency_id, '-', 2), '(厅|局|委员会|办公室)$', '') AS body,
        CASE
            WHEN scope = 'system' THEN 0.5
            WHEN agency_type = 'dept' OR scope NOT IN ('area', 'unknown') THEN 0
            ELSE 1 + 2 * (scope = 'area')::INTEGER + (agency_type = 'gov')::INTEGER
        END AS breadth
    FROM placed
    WHERE agency_id IS NOT NULL AND report_year IS NOT NULL
),
area AS (
    SELECT *, CASE agency_level WHEN 0 THEN 0 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 6 ELSE 9 END AS digits
    FROM held_wide WHERE breadth > 0 AND (agency_level BETWEEN 1 AND 4 OR (agency_level = 0 AND scope = 'system'))
),
part AS (SELECT *, unnest([0, 2, 4, 6, 9]) AS digits FROM held_wide),
counted AS (
    SELECT part.report_no, area.report_id AS counted_in
    FROM part JOIN area
        ON area.report_year = part.report_year AND area.digits = part.digits
        AND left(area.division_code, area.digits) = left(part.division_code, part.digits)
        AND (
            area.agency_level < part.agency_level
            OR (area.agency_level = part.agency_level AND area.breadth > part.breadth)
        )
        AND (area.scope <> 'system' OR (area.body = part.body AND part.body <> ''))
    QUALIFY row_number() OVER (
        PARTITION BY part.report_no ORDER BY area.agency_level DESC, area.breadth DESC, area.report_id
    ) = 1
)
