-- Question: what stands in the lines of section 二, as columns?
-- Grain:    a report as last read, one column an indicator of the national form in any edition (null in the others); null
--           where the page prints no number. Lines that single provinces added are in lake.cell; where they are printed
--           instead of the line they divide, it is their sum.
-- Example:  SELECT max(licence_decisions) FROM lake.disclosure
SELECT
    report_no,
    max(value) FILTER (indicator_code = 'rules_made') AS rules_made,
    max(value) FILTER (indicator_code = 'rules_published') AS rules_published,
    max(value) FILTER (indicator_code = 'rules_public_total') AS rules_public_total,
    max(value) FILTER (indicator_code = 'normdoc_made') AS normdoc_made,
    max(value) FILTER (indicator_code = 'normdoc_published') AS normdoc_published,
    max(value) FILTER (indicator_code = 'normdoc_public_total') AS normdoc_public_total,
    max(value) FILTER (indicator_code = 'licence_items_prev') AS licence_items_prev,
    max(value) FILTER (indicator_code = 'licence_items_delta') AS licence_items_delta,
    max(value) FILTER (indicator_code = 'licence_decisions') AS licence_decisions,
    coalesce(
        max(value) FILTER (indicator_code = 'other_mgmt_items_prev'),
        TRY_CAST(sum(value) FILTER (indicator_code LIKE 'other_mgmt_%_items_prev') AS DECIMAL(18,6))
    ) AS other_mgmt_items_prev,
    coalesce(
        max(value) FILTER (indicator_code = 'other_mgmt_items_delta'),
        TRY_CAST(sum(value) FILTER (indicator_code LIKE 'other_mgmt_%_items_delta') AS DECIMAL(18,6))
    ) AS other_mgmt_items_delta,
    coalesce(
        max(value) FILTER (indicator_code = 'other_mgmt_decisions'),
        TRY_CAST(sum(value) FILTER (indicator_code LIKE 'other_mgmt_%_decisions') AS DECIMAL(18,6))
    ) AS other_mgmt_decisions,
    max(value) FILTER (indicator_code = 'penalty_items_prev') AS penalty_items_prev,
    max(value) FILTER (indicator_code = 'penalty_items_delta') AS penalty_items_delta,
    max(value) FILTER (indicator_code = 'penalty_decisions') AS penalty_decisions,
    max(value) FILTER (indicator_code = 'coercion_items_prev') AS coercion_items_prev,
    max(value) FILTER (indicator_code = 'coercion_items_delta') AS coercion_items_delta,
    max(value) FILTER (indicator_code = 'coercion_decisions') AS coercion_decisions,
    max(value) FILTER (indicator_code = 'fee_items_prev') AS fee_items_prev,
    max(value) FILTER (indicator_code = 'fee_items_delta') AS fee_items_delta,
    max(value) FILTER (indicator_code = 'procure_projects') AS procure_projects,
    max(value) FILTER (indicator_code = 'procure_amount_10k') AS procure_amount_10k,
    max(value) FILTER (indicator_code = 'rules_issued') AS rules_issued,
    max(value) FILTER (indicator_code = 'rules_repealed') AS rules_repealed,
    max(value) FILTER (indicator_code = 'rules_in_force') AS rules_in_force,
    max(value) FILTER (indicator_code = 'normdoc_issued') AS normdoc_issued,
    max(value) FILTER (indicator_code = 'normdoc_repealed') AS normdoc_repealed,
    max(value) FILTER (indicator_code = 'normdoc_in_force') AS normdoc_in_force,
    max(value) FILTER (indicator_code = 'fee_amount_10k') AS fee_amount_10k
FROM new_cell
WHERE table_key = 'proactive'
GROUP BY report_no
ORDER BY report_no
