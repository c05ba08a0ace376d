-- Stocks and flows of requests per year at the finest level that a measure of flows needs; measures only add them up.
-- Grain: scope x direction x counterpart x family x form x period, every cell in every period. Inputs: yearly_counts, periods.
-- Entered and resolved: in the period. Pending: entered and not resolved, before the period's first day and at its last.
SELECT
    scope,
    direction,
    counterpart,
    family,
    form,
    period,
    days_in_period,
    sum(CASE WHEN entered_year < year AND coalesce(resolved_year >= year, TRUE) THEN n ELSE 0 END) AS pending_start,
    sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered,
    sum(CASE WHEN resolved_year = year THEN n ELSE 0 END) AS resolved,
    sum(CASE WHEN entered_year <= year AND coalesce(resolved_year > year, TRUE) THEN n ELSE 0 END) AS pending_end
FROM yearly_counts
CROSS JOIN periods
GROUP BY scope, direction, counterpart, family, form, period, days_in_period
