-- Activities of the international cooperation departments begun in each period, by kind, memoranda among them.
-- Grain: kind x period x indicator, every kind in every period from the first activity other than a memorandum.
-- Inputs: activities, observed_years. Memoranda since the first one are in the measure memoranda.
WITH
counts AS (
    SELECT
        kind,
        CAST(date_part('year', begun_on) AS INT) AS begun_year,
        count(*) AS n,
        sum(coalesce(participants, 0)) AS participants
    FROM activities
    WHERE begun_on <= $as_of
    GROUP BY kind, begun_year
),
first_year AS (
    SELECT coalesce(min(begun_year) FILTER (WHERE kind <> 'memorandum'), min(begun_year)) AS first_year FROM counts
),
cells AS (
    SELECT
        CASE WHEN grouping(kind) = 1 THEN '_T' ELSE kind END AS kind,
        period,
        sum(CASE WHEN begun_year = year THEN n ELSE 0 END) AS begun,
        sum(CASE WHEN begun_year = year THEN participants ELSE 0 END) AS participants
    FROM counts
    CROSS JOIN observed_years
    WHERE year >= (SELECT first_year FROM first_year)
    GROUP BY GROUPING SETS ((period, kind), (period))
),
figures AS (
    SELECT
        cells.*,
        indicator,
        CASE indicator WHEN 'begun' THEN begun WHEN 'participants' THEN participants END AS n
    FROM cells
    CROSS JOIN (VALUES ('begun'), ('participants')) AS indicators (indicator)
)
SELECT
    kind,
    period,
    indicator,
    CAST(n AS DOUBLE) AS value,
    n,
    'count' AS unit,
    'A' AS obs_status
FROM figures
ORDER BY kind, period, indicator
