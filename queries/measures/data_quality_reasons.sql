-- Quarantined rows by the reason that keeps them out.
-- Grain: source x reason x indicator, one period `_T`. Input: quarantine (one row per fault).
-- A row with several reasons counts once for each and once in the total: reasons do not sum to `_T`.
WITH
faulty_rows AS (
    SELECT DISTINCT source, export, export_row, reason
    FROM quarantine
),
cells AS (
    SELECT
        CASE WHEN grouping(source) = 1 THEN '_T' ELSE source END AS source,
        CASE WHEN grouping(reason) = 1 THEN '_T' ELSE reason END AS reason,
        count(DISTINCT concat(source, ' ', export, ' ', export_row)) AS quarantined
    FROM faulty_rows
    GROUP BY CUBE (source, reason)
    HAVING count(*) > 0
)
SELECT
    source,
    reason,
    '_T' AS period,
    'quarantined' AS indicator,
    CAST(quarantined AS DOUBLE) AS value,
    quarantined AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY source, reason, period, indicator
