-- What the last run that fetched met with: a line a source and cause of failure, the most frequent first, and what to do;
-- one line of totals above them.
WITH night AS (
    SELECT
        *,
        commit_seq = min(commit_seq) OVER (PARTITION BY url, document_sha256) AS is_first,
        regexp_replace(error, 'https?://[^ ;)]+', '…', 'g') AS cause,
        max(CASE WHEN error = '' THEN requested_at END) OVER (PARTITION BY source) AS last_success
    FROM lake.fetch
    WHERE purpose <> 'robots'
    QUALIFY run_id = last_value(run_id) OVER (
        ORDER BY commit_seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
causes AS (
    SELECT
        source,
        count(*) AS addresses,
        cause AS what,
        CASE
            WHEN cause LIKE 'refused: no host%' OR cause LIKE 'refused: it leads to%'
                THEN 'add the host to hosts of this source, if it is to be asked'
            WHEN cause LIKE '%not public%' THEN 'name its network under private of this source, if it is to be asked'
            WHEN cause LIKE '%forbids it%' THEN 'leave it, or ask the agency: robots.txt is obeyed'
            WHEN cause LIKE 'refused: more than%' THEN 'raise the limit in sources.yml, if it is right'
            WHEN cause LIKE '404%' OR cause LIKE '410%' THEN 'see the page that links it (found_on in lake.fetch)'
            WHEN cause LIKE '%patience%' OR cause LIKE '429%' THEN 'raise delay of this source'
            WHEN cause LIKE '%CERTIFICATE%' THEN 'tell the agency; its certificate is not valid'
            WHEN cause LIKE '%old_tls%' THEN 'old_tls: true for this source, if the site knows no newer TLS'
            WHEN cause LIKE 'refused by the site: %' THEN 'ask the agency, or fetch it with a browser and name its folder'
            WHEN cause LIKE 'lists no report%' THEN 'open the page; it moved, or its patterns in sources.yml need a look'
            ELSE 'nothing tonight, the next run asks again; if it lasts, look at the site'
        END || '; last success ' || coalesce(strftime(last_success, '%Y-%m-%d'), 'never') AS what_to_do,
        min(url) AS example
    FROM night
    WHERE error <> ''
    GROUP BY source, cause, last_success
    ORDER BY addresses DESC, source, cause
)
SELECT
    count(DISTINCT source) || ' sources' AS source,
    count(*) AS addresses,
    'asked for; documents: '
        || count(*) FILTER (document_sha256 IS NOT NULL AND is_first AND purpose <> 'index') || ' new, '
        || count(*) FILTER (document_sha256 IS NOT NULL AND NOT is_first AND purpose <> 'index') || ' unchanged; '
        || count(*) FILTER (error <> '') || ' failed' AS what,
    '' AS what_to_do,
    '' AS example
FROM night
HAVING count(*) > 0
UNION ALL BY NAME
FROM causes
