-- The years from the first dated record of any data set to the observation date.
-- Grain: one row per year. Inputs: first_entry, and all data sets but requests.
-- `ends_on` is 31 December, or the observation date in its year. `days_in_period` is 365 for a whole year, leap or not
-- (the CEPEJ convention for disposition time), and the days elapsed for a part of one.
WITH
first_dates AS (
    SELECT first_on FROM first_entry
    UNION ALL SELECT min(opened_on) FROM eurojust_cases WHERE opened_on <= $as_of
    UNION ALL SELECT min(held_on) FROM eurojust_activities WHERE held_on <= $as_of
    UNION ALL SELECT min(received_on) FROM ejn_requests WHERE received_on <= $as_of
    UNION ALL SELECT min(begun_on) FROM activities WHERE begun_on <= $as_of
),
year_range AS (
    SELECT date_part('year', min(first_on)) AS first_year, date_part('year', $as_of) AS last_year
    FROM first_dates
),
years AS (
    SELECT CAST(unnest(generate_series(first_year, last_year)) AS INT) AS year
    FROM year_range
    WHERE first_year IS NOT NULL
),
bounds AS (
    SELECT year, make_date(year, 1, 1) AS starts_on, least(make_date(year, 12, 31), $as_of) AS ends_on
    FROM years
)
SELECT
    CAST(year AS VARCHAR) AS period,
    year,
    starts_on,
    ends_on,
    CASE WHEN ends_on = make_date(year, 12, 31) THEN 365 ELSE ends_on - starts_on + 1 END AS days_in_period
FROM bounds
