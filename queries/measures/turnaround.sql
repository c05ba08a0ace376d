-- Turnaround: days from entry to completion of the requests resolved in each period, and in all of them (`_T`).
-- Grain: scope x direction x counterpart x form x period x indicator; only cells in which a request was resolved.
-- Input: yearly_counts.
WITH
-- The requests of each cell and year of completion: how many, their days together, and the exact histogram of their days.
counts AS (
    SELECT
        scope,
        direction,
        counterpart,
        form,
        CAST(resolved_year AS VARCHAR) AS period,
        sum(n) AS n,
        sum(days) AS days,
        histogram(days_histogram) AS days_histogram
    FROM yearly_counts
    WHERE resolved_year IS NOT NULL
    GROUP BY scope, direction, counterpart, form, resolved_year
),
-- The histograms of the totals are sums of histograms.
cells AS (
    SELECT
        scope,
        direction,
        CASE WHEN grouping(counterpart) = 1 THEN '_T' ELSE counterpart END AS counterpart,
        CASE WHEN grouping(form) = 1 THEN '_T' ELSE form END AS form,
        CASE WHEN grouping(period) = 1 THEN '_T' ELSE period END AS period,
        sum(n) AS n,
        sum(days) AS days,
        histogram(days_histogram) AS days_histogram
    FROM counts
    GROUP BY scope, direction, CUBE (counterpart, form, period)
),
statistics AS (
    SELECT
        scope,
        direction,
        counterpart,
        form,
        period,
        n,
        CAST(days AS DOUBLE) / n AS mean_days,
        histogram_quantile(days_histogram, 1, 10) AS p10_days,
        histogram_quantile(days_histogram, 1, 2) AS median_days,
        histogram_quantile(days_histogram, 9, 10) AS p90_days
    FROM cells
),
figures AS (
    SELECT
        statistics.*,
        indicator,
        unit,
        CASE indicator
            WHEN 'resolved' THEN CAST(n AS DOUBLE)
            WHEN 'mean_days' THEN mean_days
            WHEN 'p10_days' THEN p10_days
            WHEN 'median_days' THEN median_days
            WHEN 'p90_days' THEN p90_days
        END AS value
    FROM statistics
    CROSS JOIN (
        VALUES
            ('resolved', 'count'),
            ('mean_days', 'days'),
            ('p10_days', 'days'),
            ('median_days', 'days'),
            ('p90_days', 'days')
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
    n,
    unit,
    'A' AS obs_status
FROM figures
ORDER BY scope, direction, counterpart, form, period, indicator
