-- Police cooperation: requests entered and resolved in each period, by registering authority, channel and form.
-- Grain: direction x authority x channel x form x period x indicator, every cell in every period.
-- Inputs: registrations (police scope), periods.
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
    GROUP BY direction, authority, channel, form, entered_year, resolved_year
),
flows AS (
    SELECT
        direction,
        authority,
        channel,
        form,
        period,
        sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered,
        sum(CASE WHEN resolved_year = year THEN n ELSE 0 END) AS resolved
    FROM counts
    CROSS JOIN periods
    GROUP BY direction, authority, channel, form, period
),
cells AS (
    SELECT
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(authority) = 1 THEN '_T' ELSE authority END AS authority,
        CASE WHEN grouping(channel) = 1 THEN '_T' ELSE channel END AS channel,
        CASE WHEN grouping(form) = 1 THEN '_T' ELSE form END AS form,
        period,
        sum(entered) AS entered,
        sum(resolved) AS resolved
    FROM flows
    GROUP BY period, CUBE (direction, authority, channel, form)
),
figures AS (
    SELECT
        cells.*,
        indicator,
        CASE indicator WHEN 'entered' THEN entered WHEN 'resolved' THEN resolved END AS n
    FROM cells
    CROSS JOIN (VALUES ('entered'), ('resolved')) AS indicators (indicator)
)
SELECT
    direction,
    authority,
    channel,
    form,
    period,
    indicator,
    CAST(n AS DOUBLE) AS value,
    n,
    'count' AS unit,
    'A' AS obs_status
FROM figures
ORDER BY direction, authority, channel, form, period, indicator
