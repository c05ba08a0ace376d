-- What became of the rows of every export at this version of the lake.
-- Grain: source x indicator, one period `_T`. Input: exports. The observation date has no part in it.
WITH
cells AS (
    SELECT
        CASE WHEN grouping(source) = 1 THEN '_T' ELSE source END AS source,
        count(*) AS exports,
        sum(rows_read) AS rows_read,
        sum(accepted) AS accepted,
        sum(quarantined) AS quarantined,
        sum(superseded) AS superseded
    FROM exports
    GROUP BY GROUPING SETS ((source), ())
    HAVING count(*) > 0
),
figures AS (
    SELECT
        source,
        indicator,
        unit,
        CASE indicator
            WHEN 'exports' THEN CAST(exports AS DOUBLE)
            WHEN 'rows_read' THEN CAST(rows_read AS DOUBLE)
            WHEN 'accepted' THEN CAST(accepted AS DOUBLE)
            WHEN 'quarantined' THEN CAST(quarantined AS DOUBLE)
            WHEN 'superseded' THEN CAST(superseded AS DOUBLE)
            WHEN 'quarantine_rate' THEN
                100 * CAST(quarantined AS DOUBLE) / CAST(nullif(accepted + quarantined, 0) AS DOUBLE)
        END AS value,
        CASE indicator
            WHEN 'exports' THEN exports
            WHEN 'rows_read' THEN rows_read
            WHEN 'accepted' THEN accepted
            WHEN 'quarantined' THEN quarantined
            WHEN 'superseded' THEN superseded
            WHEN 'quarantine_rate' THEN accepted + quarantined
        END AS n
    FROM cells
    CROSS JOIN (
        VALUES
            ('exports', 'count'),
            ('rows_read', 'count'),
            ('accepted', 'count'),
            ('quarantined', 'count'),
            ('superseded', 'count'),
            ('quarantine_rate', 'percent')
    ) AS indicators (indicator, unit)
)
SELECT
    source,
    '_T' AS period,
    indicator,
    value,
    n,
    unit,
    CASE WHEN value IS NULL THEN 'M' ELSE 'A' END AS obs_status
FROM figures
ORDER BY source, period, indicator
