-- Names no agency is known by, those first that would settle most reports.
SELECT what AS unknown_name, reports, 'a line in aliases.csv; gongkai explain ' || example AS what_to_do
FROM cause
WHERE kind = 'name' AND what <> ''
ORDER BY reports DESC, unknown_name
LIMIT 10
