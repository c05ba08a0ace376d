-- Turnaround: days from entry to completion of the requests resolved in each period, and in all of them (`_T`).
-- Grain: scope x direction x counterpart x form x period x indicator; only cells in which a request was resolved.
-- Input: registrations.
WITH
-- The heavy pass: the exact histogram of whole days for each cell and year of completion.
histogram AS (
    SELECT scope, direction, counterpart, form, CAST(resolved_year AS VARCHAR) AS period, days, count(*) AS n
    FROM registrations
    WHERE resolved_on IS NOT NULL
    GROUP BY scope, direction, counterpart, form, resolved_year, days
),
-- The histograms of the totals are sums of histograms.
cells AS (
    SELECT
        scope,
        direction,
        CASE WHEN grouping(counterpart) = 1 THEN '_T' ELSE counterpart END AS counterpart,
        CASE WHEN grouping(form) = 1 THEN '_T' ELSE form END AS form,
        CASE WHEN grouping(period) = 1 THEN '_T' ELSE period END AS period,
        days,
        sum(n) AS n
    FROM histogram
    GROUP BY GROUPING SETS (
        (scope, direction, days, counterpart, form, period),
        (scope, direction, days, counterpart, form),
        (scope, direction, days, counterpart, period),
        (scope, direction, days, counterpart),
        (scope, direction, days, form, period),
        (scope, direction, days, form),
        (scope, direction, days, period),
        (scope, direction, days)
    )
),
-- How many requests of the cell took at most so many days, and how many there are.
ranked AS (
    SELECT
        *,
        sum(n) OVER (PARTITION BY scope, direction, counterpart, form, period ORDER BY days) AS up_to,
        sum(n) OVER (PARTITION BY scope, direction, counterpart, form, period) AS total
    FROM cells
),
-- Quantile p (type 7) lies at position p x (total - 1), counted from 0, of the requests in order of days. With p = 1/10, 1/2
-- and 9/10 the whole and the fractional part of the position are exact in whole numbers; here are the days on either side of it.
neighbours AS (
    SELECT
        scope,
        direction,
        counterpart,
        form,
        period,
        total,
        sum(days * n) AS days_in_all,
        min(CASE WHEN up_to > (total - 1) / 10 THEN days END) AS p10_low,
        min(CASE WHEN up_to > (total - 1 + 9) / 10 THEN days END) AS p10_high,
        min(CASE WHEN up_to > (total - 1) / 2 THEN days END) AS median_low,
        min(CASE WHEN up_to > total / 2 THEN days END) AS median_high,
        min(CASE WHEN up_to > 9 * (total - 1) / 10 THEN days END) AS p90_low,
        min(CASE WHEN up_to > (9 * (total - 1) + 9) / 10 THEN days END) AS p90_high
    FROM ranked
    GROUP BY scope, direction, counterpart, form, period, total
),
figures AS (
    SELECT
        neighbours.*,
        indicator,
        unit,
        CASE indicator
            WHEN 'resolved' THEN CAST(total AS DOUBLE)
            WHEN 'mean_days' THEN CAST(days_in_all AS DOUBLE) / total
            WHEN 'p10_days' THEN
                CAST(10 * p10_low + (p10_high - p10_low) * ((total - 1) % 10) AS DOUBLE) / 10
            WHEN 'median_days' THEN CAST(median_low + median_high AS DOUBLE) / 2
            WHEN 'p90_days' THEN
                CAST(10 * p90_low + (p90_high - p90_low) * (9 * (total - 1) % 10) AS DOUBLE) / 10
        END AS value
    FROM neighbours
    CROSS JOIN (
        VALUES ('resolved', 'count'), ('mean_days', 'days'), ('p10_days', 'days'), ('median_days', 'days'), ('p90_days', 'days')
    ) AS indicators (indicator, unit)
)
SELECT
    scope,
    direction,
    counterpart,
    form,
    period,
    indicator,
    value,
    total AS n,
    unit,
    'A' AS obs_status
FROM figures
ORDER BY scope, direction, counterpart, form, period, indicator
