-- Question: what did an agency issue, decide and collect in a year?
-- Grain:    a current report, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in fact_disclosure;
--           where they are printed instead of the line they divide, it is their sum.
-- Example:  SELECT report_year, sum(licence_decisions) FROM disclosure_summary WHERE scope = 'area' GROUP BY ALL
SELECT
    report.report_id, report.agency_id, report.agency_name, report.report_year, report.scope, report.edition,
    disclosure.rules_made, disclosure.rules_published, disclosure.rules_public_total, disclosure.normdoc_made,
    disclosure.normdoc_published, disclosure.normdoc_public_total, disclosure.licence_items_prev,
    disclosure.licence_items_delta, disclosure.licence_decisions, disclosure.other_mgmt_items_prev,
    disclosure.other_mgmt_items_delta, disclosure.other_mgmt_decisions, disclosure.penalty_items_prev,
    disclosure.penalty_items_delta, disclosure.penalty_decisions, disclosure.coercion_items_prev,
    disclosure.coercion_items_delta, disclosure.coercion_decisions, disclosure.fee_items_prev,
    disclosure.fee_items_delta, disclosure.procure_projects, disclosure.procure_amount_10k, disclosure.rules_issued,
    disclosure.rules_repealed, disclosure.rules_in_force, disclosure.normdoc_issued, disclosure.normdoc_repealed,
    disclosure.normdoc_in_force, disclosure.fee_amount_10k
FROM lake.report AS report
LEFT JOIN lake.disclosure AS disclosure USING (report_no)
WHERE report.is_current
