-- Channels: requests entered in each period, by the channel that they came or went by.
-- Grain: scope x direction x channel x period x indicator, every cell in every period. Inputs: yearly_details, periods.
WITH
counts AS (
    SELECT scope, direction, coalesce(channel, 'not_stated') AS channel, entered_year, sum(n) AS n
    FROM yearly_details
    GROUP BY scope, direction, channel, entered_year
),
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(channel) = 1 THEN '_T' ELSE channel END AS channel,
        period,
        sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered
    FROM counts
    CROSS JOIN periods
    GROUP BY GROUPING SETS (
        (scope, period, direction, channel),
        (scope, period, direction),
        (scope, period, channel),
        (scope, period)
    )
)
SELECT
    scope,
    direction,
    channel,
    period,
    'entered' AS indicator,
    CAST(entered AS DOUBLE) AS value,
    entered AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY scope, direction, channel, period, indicator
