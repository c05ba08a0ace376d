WITH
counts AS (
    SELECT scope, direction, entered_on, resolved_year, count(*) AS n
    FROM registrations
    GROUP BY ALL
),
ages AS (
    SELECT *
    FROM (VALUES ('under_1_year', 0, 1), ('1_to_2_years', 1, 2), ('2_to_3_years', 2, 3), ('3_years_or_more', 3, 1000)) AS ages (age_band, from_age, below_age)
),
stocks AS (
    SELECT
        scope, direction, age_band, period,
        sum(if(
            entered_on > ends_on - to_years(below_age) AND entered_on <= ends_on - to_years(from_age)
            AND coalesce(resolved_year > year, true), n, 0
        )) AS pending
    FROM counts
    CROSS JOIN periods
    CROSS JOIN ages
    GROUP BY ALL
)
SELECT
    scope,
    if(grouping(direction) = 1, '_T', direction) AS direction,
    if(grouping(age_band) = 1, '_T', age_band) AS age_band,
    period,
    sum(pending)::DOUBLE AS value,
    'pending_end' AS indicator
FROM stocks
GROUP BY scope, period, CUBE (direction, age_band)
