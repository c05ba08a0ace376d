-- Outcomes: requests resolved in each period, by how they ended, refusals among them.
-- Grain: scope x direction x outcome x period x indicator, every cell in every period. Inputs: yearly_details, periods.
WITH
counts AS (
    SELECT scope, direction, outcome, resolved_year, sum(n) AS n
    FROM yearly_details
    WHERE resolved_year IS NOT NULL
    GROUP BY scope, direction, outcome, resolved_year
),
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(outcome) = 1 THEN '_T' ELSE outcome END AS outcome,
        period,
        sum(CASE WHEN resolved_year = year THEN n ELSE 0 END) AS resolved
    FROM counts
    CROSS JOIN periods
    GROUP BY GROUPING SETS (
        (scope, period, direction, outcome),
        (scope, period, direction),
        (scope, period, outcome),
        (scope, period)
    )
)
SELECT
    scope,
    direction,
    outcome,
    period,
    'resolved' AS indicator,
    CAST(resolved AS DOUBLE) AS value,
    resolved AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY scope, direction, outcome, period, indicator
