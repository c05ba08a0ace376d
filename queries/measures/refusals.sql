-- Refusals: requests refused in each period, by the ground of the refusal.
-- Grain: scope x direction x refusal_ground x period x indicator, every cell in every period. Inputs: yearly_details, periods.
WITH
counts AS (
    SELECT scope, direction, coalesce(refusal_ground, 'not_stated') AS refusal_ground, resolved_year, sum(n) AS n
    FROM yearly_details
    WHERE resolved_year IS NOT NULL AND outcome = 'refused'
    GROUP BY scope, direction, refusal_ground, resolved_year
),
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(refusal_ground) = 1 THEN '_T' ELSE refusal_ground END AS refusal_ground,
        period,
        sum(CASE WHEN resolved_year = year THEN n ELSE 0 END) AS refused
    FROM counts
    CROSS JOIN periods
    GROUP BY GROUPING SETS (
        (scope, period, direction, refusal_ground),
        (scope, period, direction),
        (scope, period, refusal_ground),
        (scope, period)
    )
)
SELECT
    scope,
    direction,
    refusal_ground,
    period,
    'refused' AS indicator,
    CAST(refused AS DOUBLE) AS value,
    refused AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY scope, direction, refusal_ground, period, indicator
