SELECT r.agency_name, r.report_year, r.edition, r.verdict, s.req_new, s.res_total, s.req_carried_out
FROM report AS r
JOIN request_summary AS s USING (report_id)
WHERE r.is_current
ORDER BY r.report_year, r.agency_name
