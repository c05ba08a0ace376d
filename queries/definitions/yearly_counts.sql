-- Registrations counted at the finest level at which measures of flows, execution and turnaround need them; they only add up.
-- Grain: scope x direction x counterpart x family x form x entered_year x resolved_year x executed. Input: registrations.
-- `resolved_year` is NULL while a request is pending; `days` is the sum of days from entry to completion, `days_histogram` how
-- many requests took how many.
SELECT
    scope,
    direction,
    counterpart,
    family,
    form,
    entered_year,
    resolved_year,
    executed,
    count(*) AS n,
    sum(days) AS days,
    histogram(days) AS days_histogram
FROM registrations
GROUP BY scope, direction, counterpart, family, form, entered_year, resolved_year, executed
