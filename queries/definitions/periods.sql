-- The periods of every measure of requests: the years from the first in which a request entered to the observation date.
-- Grain: one row per year. Inputs: observed_years, first_entry.
SELECT years.period, years.year, years.starts_on, years.ends_on, years.days_in_period
FROM observed_years AS years
JOIN first_entry ON years.ends_on >= first_entry.first_on
