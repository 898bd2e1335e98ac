-- Question: which of several files of the same agency, year and scope is the current version?
-- Grain:    a row of `candidate`, readings of reports of which those `live` stand; with version and whether it is current.
-- Rule:     among the versions of an agency, year and scope that stand and are not quarantined, the figures of the one
--           published last are current (no date counts as earliest), then of the one first seen last, then of the one
--           with the fewest cells in doubt, then of the greatest SHA-256. Of the renditions of these figures, the one
--           with the fewest cells in doubt is current. Reports whose agency or year is unknown are no versions of one
--           another.
-- Example:  SELECT report_id, version, is_current FROM lake.reading
ranked AS (
    SELECT
        *,
        -- Parts from before these columns: every report prints figures of its own.
        coalesce(figures, report_id) AS said, coalesce(doubtful, 0) AS doubts,
        live AND verdict <> 'quarantined' AS stands,
        CASE WHEN agency_id IS NULL OR report_year IS NULL THEN report_id END AS alone
    FROM candidate
),
settled AS (
    SELECT *, first_value(said) OVER (
        PARTITION BY agency_id, report_year, scope, stands, alone
        ORDER BY published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, doubts, document_sha256 DESC
    ) AS last_said
    FROM ranked
)
SELECT
    * EXCLUDE (live, said, doubts, stands, alone, last_said),
    CASE WHEN live THEN row_number() OVER (
        PARTITION BY agency_id, report_year, scope, live, alone
        ORDER BY published_on NULLS FIRST, first_seq, first_seen, document_sha256
    ) END::INTEGER AS version,
    stands AND row_number() OVER (
        PARTITION BY agency_id, report_year, scope, stands, alone
        ORDER BY
            said <> last_said, doubts, published_on DESC NULLS LAST, first_seq DESC, first_seen DESC, document_sha256 DESC
    ) = 1 AS is_current
FROM settled
