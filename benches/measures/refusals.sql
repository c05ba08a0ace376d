WITH
counts AS (
    SELECT
        scope,
        direction,
        coalesce(refusal_ground, 'not_stated') AS refusal_ground,
        resolved_year AS counted_year,
        count(*) AS n
    FROM registrations
    WHERE resolved_on IS NOT NULL AND outcome = 'refused'
    GROUP BY ALL
),
cells AS (
    SELECT
        scope,
        if(grouping(direction) = 1, '_T', direction) AS direction,
        if(grouping(refusal_ground) = 1, '_T', refusal_ground) AS refusal_ground,
        period,
        sum(if(counted_year = year, n, 0))::DOUBLE AS value
    FROM counts
    CROSS JOIN periods
    GROUP BY scope, period, CUBE (direction, refusal_ground)
)
SELECT *, 'refused' AS indicator FROM cells
