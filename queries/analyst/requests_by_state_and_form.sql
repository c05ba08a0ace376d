-- Requests entered, resolved and pending by counterpart and form, over all years up to the observation date.
-- Grain: one row per scope, direction, counterpart and form. Input: registrations. The median is exact (quantile 1/2, type 7).
SELECT
    scope,
    direction,
    counterpart,
    form,
    count(*) AS entered,
    count(resolved_on) AS resolved,
    count(*) - count(resolved_on) AS pending,
    median(CAST(days AS DOUBLE)) AS median_days
FROM registrations
GROUP BY scope, direction, counterpart, form
ORDER BY entered DESC, scope, direction, counterpart, form
