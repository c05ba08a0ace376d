-- Interventions of EJN contact points received or sent in each month of each period.
-- Grain: direction x month x period x indicator, every cell in every period; the month `_T` is the whole period.
-- Inputs: ejn_requests, observed_years. A month that begins after the observation date has no figure.
WITH
counts AS (
    SELECT
        direction,
        CAST(date_part('year', received_on) AS INT) AS entered_year,
        CAST(date_part('month', received_on) AS INT) AS entered_month,
        count(*) AS n
    FROM ejn_requests
    WHERE received_on <= $as_of
    GROUP BY direction, entered_year, entered_month
),
months AS (
    SELECT period, year, month, make_date(year, month, 1) <= $as_of AS has_begun
    FROM observed_years
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)) AS months (month)
    WHERE year >= (SELECT min(entered_year) FROM counts)
),
cells AS (
    SELECT
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(month) = 1 THEN '_T' ELSE lpad(CAST(month AS VARCHAR), 2, '0') END AS month,
        period,
        bool_or(has_begun) AS has_begun,
        sum(CASE WHEN entered_year = year AND entered_month = month THEN n ELSE 0 END) AS entered
    FROM counts
    CROSS JOIN months
    GROUP BY GROUPING SETS ((period, direction, month), (period, direction), (period, month), (period))
)
SELECT
    direction,
    month,
    period,
    'entered' AS indicator,
    CASE WHEN has_begun THEN CAST(entered AS DOUBLE) END AS value,
    entered AS n,
    'count' AS unit,
    CASE WHEN has_begun THEN 'A' ELSE 'M' END AS obs_status
FROM cells
ORDER BY direction, month, period, indicator
