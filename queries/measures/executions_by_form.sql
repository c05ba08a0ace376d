-- Execution by form of cooperation: what had become, by the observation date, of the requests that entered in each period (a cohort).
-- Grain: scope x direction x form x period x indicator, every cell in every period. Inputs: yearly_counts, periods.
WITH
counts AS (
    SELECT
        scope,
        direction,
        form,
        entered_year,
        sum(n) AS n,
        sum(CASE WHEN executed THEN n ELSE 0 END) AS executed,
        sum(CASE WHEN resolved_year IS NULL THEN n ELSE 0 END) AS pending
    FROM yearly_counts
    GROUP BY scope, direction, form, entered_year
),
cells AS (
    SELECT
        scope,
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(form) = 1 THEN '_T' ELSE form END AS form,
        period,
        sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered,
        sum(CASE WHEN entered_year = year THEN executed ELSE 0 END) AS executed,
        sum(CASE WHEN entered_year = year THEN n - executed - pending ELSE 0 END) AS not_executed,
        sum(CASE WHEN entered_year = year THEN pending ELSE 0 END) AS still_pending
    FROM counts
    CROSS JOIN periods
    GROUP BY GROUPING SETS (
        (scope, period, direction, form),
        (scope, period, direction),
        (scope, period, form),
        (scope, period)
    )
),
figures AS (
    SELECT
        cells.*,
        indicator,
        unit,
        CASE indicator
            WHEN 'entered' THEN CAST(entered AS DOUBLE)
            WHEN 'executed' THEN CAST(executed AS DOUBLE)
            WHEN 'not_executed' THEN CAST(not_executed AS DOUBLE)
            WHEN 'still_pending' THEN CAST(still_pending AS DOUBLE)
            WHEN 'execution_rate' THEN 100 * CAST(executed AS DOUBLE) / CAST(nullif(entered, 0) AS DOUBLE)
        END AS value,
        CASE indicator
            WHEN 'executed' THEN executed
            WHEN 'not_executed' THEN not_executed
            WHEN 'still_pending' THEN still_pending
            ELSE entered
        END AS n
    FROM cells
    CROSS JOIN (
        VALUES
            ('entered', 'count'),
            ('executed', 'count'),
            ('not_executed', 'count'),
            ('still_pending', 'count'),
            ('execution_rate', 'percent')
    ) AS indicators (indicator, unit)
)
SELECT
    scope,
    direction,
    form,
    period,
    indicator,
    value,
    n,
    unit,
    CASE WHEN value IS NULL THEN 'M' ELSE 'A' END AS obs_status
FROM figures
ORDER BY scope, direction, form, period, indicator
