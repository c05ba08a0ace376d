-- Flows of requests by form of assistance and the family that the form belongs to, direction and year.
-- Grain: scope x direction x family x form x period x indicator. Input: yearly_flows.
WITH
-- Add up the cells, with totals.
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(family) = 1 THEN '_T' ELSE family END AS family,
        CASE WHEN grouping(form) = 1 THEN '_T' ELSE form END AS form,
        period,
        days_in_period,
        sum(pending_start) AS pending_start,
        sum(entered) AS entered,
        sum(resolved) AS resolved,
        sum(pending_end) AS pending_end
    FROM yearly_flows
    GROUP BY GROUPING SETS (
        (scope, period, days_in_period, direction, family, form),
        (scope, period, days_in_period, direction, family),
        (scope, period, days_in_period, direction, form),
        (scope, period, days_in_period, direction),
        (scope, period, days_in_period, family, form),
        (scope, period, days_in_period, family),
        (scope, period, days_in_period, form),
        (scope, period, days_in_period)
    )
),
-- One row per figure; `n` is the number of requests behind it.
figures AS (
    SELECT
        cells.*,
        indicator,
        unit,
        CASE indicator
            WHEN 'pending_start' THEN CAST(pending_start AS DOUBLE)
            WHEN 'entered' THEN CAST(entered AS DOUBLE)
            WHEN 'resolved' THEN CAST(resolved AS DOUBLE)
            WHEN 'pending_end' THEN CAST(pending_end AS DOUBLE)
            WHEN 'clearance_rate' THEN 100 * CAST(resolved AS DOUBLE) / CAST(nullif(entered, 0) AS DOUBLE)
            WHEN 'disposition_time' THEN CAST(pending_end AS DOUBLE) / CAST(nullif(resolved, 0) AS DOUBLE) * days_in_period
        END AS value,
        CASE indicator
            WHEN 'pending_start' THEN pending_start
            WHEN 'entered' THEN entered
            WHEN 'resolved' THEN resolved
            WHEN 'pending_end' THEN pending_end
            WHEN 'clearance_rate' THEN entered
            WHEN 'disposition_time' THEN resolved
        END AS n
    FROM cells
    CROSS JOIN (
        VALUES
            ('pending_start', 'count'),
            ('entered', 'count'),
            ('resolved', 'count'),
            ('pending_end', 'count'),
            ('clearance_rate', 'percent'),
            ('disposition_time', 'days')
    ) AS indicators (indicator, unit)
)
SELECT
    scope,
    direction,
    family,
    form,
    period,
    indicator,
    value,
    n,
    unit,
    CASE WHEN value IS NULL THEN 'M' ELSE 'A' END AS obs_status
FROM figures
ORDER BY scope, direction, family, form, period, indicator
