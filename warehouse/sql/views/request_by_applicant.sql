-- Question: who asks, and how are the requests of each kind of applicant decided?
-- Grain:    a current report and a kind of applicant its page has a column for ('total' is the column as printed, not our
--           sum). A subtotal (res_deny, res_unable, res_reject, res_other) is the sum of those parts that are numbers;
--           without any, the subtotal printed; null if there is neither.
-- Example:  SELECT applicant_code, sum(req_new) FROM request_by_applicant WHERE report_year = 2023 GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    request.applicant_code,
    request.req_new, request.req_carried_in, request.res_full, request.res_partial, request.res_deny_state_secret,
    request.res_deny_law_prohibited, request.res_deny_security_stability, request.res_deny_third_party,
    request.res_deny_internal_affairs, request.res_deny_process_info, request.res_deny_enforcement_file,
    request.res_deny_admin_query, request.res_deny, request.res_unable_not_held, request.res_unable_need_creation,
    request.res_unable_unclear, request.res_unable, request.res_reject_petition, request.res_reject_duplicate,
    request.res_reject_publication, request.res_reject_excessive, request.res_reject_confirm_reissue,
    request.res_reject, request.res_other_no_correction, request.res_other_no_payment, request.res_other_misc,
    request.res_other, request.res_total, request.req_carried_out
FROM lake.report AS report
JOIN lake.request AS request USING (report_no)
WHERE report.is_current
