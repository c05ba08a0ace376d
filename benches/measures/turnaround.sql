WITH
cells AS (
    SELECT
        scope,
        direction,
        if(grouping(counterpart) = 1, '_T', counterpart) AS counterpart,
        if(grouping(form) = 1, '_T', form) AS form,
        if(grouping(resolved_year) = 1, '_T', resolved_year::VARCHAR) AS period,
        count(*)::DOUBLE AS resolved,
        avg(days) AS mean_days,
        quantile_cont(days, [0.1, 0.5, 0.9]) AS quantiles
    FROM registrations
    WHERE resolved_on IS NOT NULL
    GROUP BY scope, direction, CUBE (counterpart, form, resolved_year)
),
figures AS (
    SELECT
        * EXCLUDE (quantiles),
        quantiles[1]::DOUBLE AS p10_days,
        quantiles[2]::DOUBLE AS median_days,
        quantiles[3]::DOUBLE AS p90_days
    FROM cells
)
SELECT *
FROM figures
UNPIVOT (value FOR indicator IN (resolved, mean_days, p10_days, median_days, p90_days))
