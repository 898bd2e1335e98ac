-- Question: what stands in the column of each kind of applicant of section 三, as columns?
-- Grain:    a report as last read and a kind of applicant. A subtotal is the sum of those parts that are numbers, as the
--           form's identities take it; without any, the subtotal the page prints; null if there is neither.
-- Example:  SELECT applicant_code, sum(req_new) FROM lake.request GROUP BY applicant_code
SELECT
    report_no, applicant_code,
    max(value) FILTER (indicator_code = 'req_new') AS req_new,
    max(value) FILTER (indicator_code = 'req_carried_in') AS req_carried_in,
    max(value) FILTER (indicator_code = 'res_full') AS res_full,
    max(value) FILTER (indicator_code = 'res_partial') AS res_partial,
    max(value) FILTER (indicator_code = 'res_deny_state_secret') AS res_deny_state_secret,
    max(value) FILTER (indicator_code = 'res_deny_law_prohibited') AS res_deny_law_prohibited,
    max(value) FILTER (indicator_code = 'res_deny_security_stability') AS res_deny_security_stability,
    max(value) FILTER (indicator_code = 'res_deny_third_party') AS res_deny_third_party,
    max(value) FILTER (indicator_code = 'res_deny_internal_affairs') AS res_deny_internal_affairs,
    max(value) FILTER (indicator_code = 'res_deny_process_info') AS res_deny_process_info,
    max(value) FILTER (indicator_code = 'res_deny_enforcement_file') AS res_deny_enforcement_file,
    max(value) FILTER (indicator_code = 'res_deny_admin_query') AS res_deny_admin_query,
    coalesce(
        TRY_CAST(sum(value) FILTER (starts_with(indicator_code, 'res_deny_')) AS DECIMAL(18,6)),
        max(value) FILTER (indicator_code = 'res_deny')
    ) AS res_deny,
    max(value) FILTER (indicator_code = 'res_unable_not_held') AS res_unable_not_held,
    max(value) FILTER (indicator_code = 'res_unable_need_creation') AS res_unable_need_creation,
    max(value) FILTER (indicator_code = 'res_unable_unclear') AS res_unable_unclear,
    coalesce(
        TRY_CAST(sum(value) FILTER (starts_with(indicator_code, 'res_unable_')) AS DECIMAL(18,6)),
        max(value) FILTER (indicator_code = 'res_unable')
    ) AS res_unable,
    max(value) FILTER (indicator_code = 'res_reject_petition') AS res_reject_petition,
    max(value) FILTER (indicator_code = 'res_reject_duplicate') AS res_reject_duplicate,
    max(value) FILTER (indicator_code = 'res_reject_publication') AS res_reject_publication,
    max(value) FILTER (indicator_code = 'res_reject_excessive') AS res_reject_excessive,
    max(value) FILTER (indicator_code = 'res_reject_confirm_reissue') AS res_reject_confirm_reissue,
    coalesce(
        TRY_CAST(sum(value) FILTER (starts_with(indicator_code, 'res_reject_')) AS DECIMAL(18,6)),
        max(value) FILTER (indicator_code = 'res_reject')
    ) AS res_reject,
    max(value) FILTER (indicator_code = 'res_other_no_correction') AS res_other_no_correction,
    max(value) FILTER (indicator_code = 'res_other_no_payment') AS res_other_no_payment,
    max(value) FILTER (indicator_code = 'res_other_misc') AS res_other_misc,
    coalesce(
        TRY_CAST(sum(value) FILTER (starts_with(indicator_code, 'res_other_')) AS DECIMAL(18,6)),
        max(value) FILTER (indicator_code = 'res_other')
    ) AS res_other,
    max(value) FILTER (indicator_code = 'res_total') AS res_total,
    max(value) FILTER (indicator_code = 'req_carried_out') AS req_carried_out
FROM new_cell
WHERE table_key = 'requests'
GROUP BY report_no, applicant_code
ORDER BY applicant_code, report_no
