WITH
counts AS (
    SELECT
        scope,
        if(grouping(direction) = 1, '_T', direction) AS direction,
        entered_year,
        resolved_year,
        sum(n) AS n
    FROM yearly_counts
    GROUP BY scope, entered_year, resolved_year, CUBE (direction)
),
flows AS (
    SELECT
        scope, direction, period, days_in_period,
        sum(if(entered_year < year AND coalesce(resolved_year >= year, true), n, 0)) AS pending_start,
        sum(if(entered_year = year, n, 0)) AS entered,
        sum(if(resolved_year = year, n, 0)) AS resolved,
        sum(if(entered_year <= year AND coalesce(resolved_year > year, true), n, 0)) AS pending_end
    FROM counts
    CROSS JOIN periods
    GROUP BY ALL
),
rates AS (
    SELECT
        scope, direction, period,
        pending_start::DOUBLE AS pending_start,
        entered::DOUBLE AS entered,
        resolved::DOUBLE AS resolved,
        pending_end::DOUBLE AS pending_end,
        100 * resolved / nullif(entered, 0) AS clearance_rate,
        pending_end / nullif(resolved, 0) * days_in_period AS disposition_time
    FROM flows
)
SELECT *
FROM rates
UNPIVOT INCLUDE NULLS (value FOR indicator IN (pending_start, entered, resolved, pending_end, clearance_rate, disposition_time))
