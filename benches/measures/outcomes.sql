WITH
counts AS (
    SELECT scope, direction, outcome, resolved_year AS counted_year, count(*) AS n
    FROM registrations
    WHERE resolved_on IS NOT NULL
    GROUP BY ALL
),
cells AS (
    SELECT
        scope,
        if(grouping(direction) = 1, '_T', direction) AS direction,
        if(grouping(outcome) = 1, '_T', outcome) AS outcome,
        period,
        sum(if(counted_year = year, n, 0))::DOUBLE AS value
    FROM counts
    CROSS JOIN periods
    GROUP BY scope, period, CUBE (direction, outcome)
)
SELECT *, 'resolved' AS indicator FROM cells
