-- Age of the pending stock at the end of each period (the last: at the observation date), in completed years since entry.
-- Grain: scope x direction x age_band x period x indicator, every cell in every period. Inputs: registrations, periods.
WITH
counts AS (
    SELECT scope, direction, entered_on, resolved_year, count(*) AS n
    FROM registrations
    GROUP BY scope, direction, entered_on, resolved_year
),
-- Which days of entry give which age at the end of a period; the last band is open.
bands AS (
    SELECT period, year, age_band, ends_on - below_age AS entered_after, ends_on - from_age AS entered_until
    FROM periods
    CROSS JOIN (
        VALUES
            ('under_1_year', INTERVAL '0 years', INTERVAL '1 year'),
            ('1_to_2_years', INTERVAL '1 year', INTERVAL '2 years'),
            ('2_to_3_years', INTERVAL '2 years', INTERVAL '3 years'),
            ('3_years_or_more', INTERVAL '3 years', INTERVAL '1000 years')
    ) AS ages (age_band, from_age, below_age)
),
stocks AS (
    SELECT
        scope,
        direction,
        age_band,
        period,
        sum(
            CASE
                WHEN entered_on > entered_after AND entered_on <= entered_until AND coalesce(resolved_year > year, TRUE) THEN n
                ELSE 0
            END
        ) AS pending
    FROM counts
    CROSS JOIN bands
    GROUP BY scope, direction, age_band, period
),
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(age_band) = 1 THEN '_T' ELSE age_band END AS age_band,
        period,
        sum(pending) AS pending
    FROM stocks
    GROUP BY GROUPING SETS (
        (scope, period, direction, age_band),
        (scope, period, direction),
        (scope, period, age_band),
        (scope, period)
    )
)
SELECT
    scope,
    direction,
    age_band,
    period,
    'pending_end' AS indicator,
    CAST(pending AS DOUBLE) AS value,
    pending AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY scope, direction, age_band, period, indicator
