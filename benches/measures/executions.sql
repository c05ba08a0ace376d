WITH
cohorts AS (
    SELECT
        scope,
        if(grouping(direction) = 1, '_T', direction) AS direction,
        period,
        sum(if(entered_year = year, n, 0)) AS entered,
        sum(if(entered_year = year AND executed, n, 0)) AS executed,
        sum(if(entered_year = year AND resolved_year IS NULL, n, 0)) AS still_pending
    FROM (SELECT scope, direction, entered_year, resolved_year, executed, sum(n) AS n FROM yearly_counts GROUP BY ALL)
    CROSS JOIN periods
    GROUP BY scope, period, CUBE (direction)
),
rates AS (
    SELECT
        scope,
        direction,
        period,
        entered::DOUBLE AS entered,
        executed::DOUBLE AS executed,
        (entered - executed - still_pending)::DOUBLE AS not_executed,
        still_pending::DOUBLE AS still_pending,
        100 * executed / nullif(entered, 0) AS execution_rate
    FROM cohorts
)
SELECT *
FROM rates
UNPIVOT INCLUDE NULLS (value FOR indicator IN (entered, executed, not_executed, still_pending, execution_rate))
