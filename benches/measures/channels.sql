WITH
counts AS (
    SELECT
        scope,
        direction,
        coalesce(channel, 'not_stated') AS channel,
        entered_year AS counted_year,
        count(*) AS n
    FROM registrations
    GROUP BY ALL
),
cells AS (
    SELECT
        scope,
        if(grouping(direction) = 1, '_T', direction) AS direction,
        if(grouping(channel) = 1, '_T', channel) AS channel,
        period,
        sum(if(counted_year = year, n, 0))::DOUBLE AS value
    FROM counts
    CROSS JOIN periods
    GROUP BY scope, period, CUBE (direction, channel)
)
SELECT *, 'entered' AS indicator FROM cells
