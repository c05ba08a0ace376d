-- New Eurojust cases by the role of the own desk and the offence groups concerned.
-- Grain: role x offence x period x indicator, every cell in every period. Inputs: eurojust_cases, observed_years.
-- A case that concerns several groups counts once for each and once in the total: groups do not sum to `_T`.
WITH
cases AS (
    SELECT
        role,
        CAST(date_part('year', opened_on) AS INT) AS opened_year,
        array_distinct(offences) AS offences
    FROM eurojust_cases
    WHERE opened_on <= $as_of
),
-- One row per case and offence group, one for the case as a whole.
mentions AS (
    SELECT
        role,
        opened_year,
        unnest(
            array_append(CASE WHEN cardinality(offences) > 0 THEN offences ELSE make_array('not_stated') END, '_T')
        ) AS offence
    FROM cases
),
counts AS (
    SELECT role, offence, opened_year, count(*) AS n
    FROM mentions
    GROUP BY role, offence, opened_year
),
cells AS (
    SELECT
        CASE WHEN grouping(role) = 1 THEN '_T' ELSE role END AS role,
        offence,
        period,
        sum(CASE WHEN opened_year = year THEN n ELSE 0 END) AS new
    FROM counts
    CROSS JOIN observed_years
    WHERE year >= (SELECT min(opened_year) FROM counts)
    GROUP BY GROUPING SETS ((offence, period, role), (offence, period))
)
SELECT
    role,
    offence,
    period,
    'new' AS indicator,
    CAST(new AS DOUBLE) AS value,
    new AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY role, offence, period, indicator
