WITH
counts AS (
    SELECT
        direction,
        authority,
        coalesce(channel, 'not_stated') AS channel,
        form,
        entered_year,
        resolved_year,
        count(*) AS n
    FROM registrations
    WHERE scope = 'police'
    GROUP BY ALL
),
flows AS (
    SELECT
        direction, authority, channel, form, period,
        sum(if(entered_year = year, n, 0)) AS entered,
        sum(if(resolved_year = year, n, 0)) AS resolved
    FROM counts
    CROSS JOIN periods
    GROUP BY ALL
),
cells AS (
    SELECT
        if(grouping(direction) = 1, '_T', direction) AS direction,
        if(grouping(authority) = 1, '_T', authority) AS authority,
        if(grouping(channel) = 1, '_T', channel) AS channel,
        if(grouping(form) = 1, '_T', form) AS form,
        period,
        sum(entered)::DOUBLE AS entered,
        sum(resolved)::DOUBLE AS resolved
    FROM flows
    GROUP BY period, CUBE (direction, authority, channel, form)
)
SELECT *
FROM cells
UNPIVOT (value FOR indicator IN (entered, resolved))
