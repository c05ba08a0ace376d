-- New Eurojust cases by the role of the own desk and the partner States concerned.
-- Grain: role x partner x period x indicator, every cell in every period. Inputs: eurojust_cases, observed_years.
-- A case that concerns several partners counts once for each and once in the total: partners do not sum to `_T`.
WITH
cases AS (
    SELECT
        role,
        CAST(date_part('year', opened_on) AS INT) AS opened_year,
        array_remove(array_distinct(countries), $state) AS partners
    FROM eurojust_cases
    WHERE opened_on <= $as_of
),
-- One row per case and partner, one for the case as a whole.
mentions AS (
    SELECT
        role,
        opened_year,
        unnest(
            array_append(CASE WHEN cardinality(partners) > 0 THEN partners ELSE make_array('not_stated') END, '_T')
        ) AS partner
    FROM cases
),
counts AS (
    SELECT role, partner, opened_year, count(*) AS n
    FROM mentions
    GROUP BY role, partner, opened_year
),
cells AS (
    SELECT
        CASE WHEN grouping(role) = 1 THEN '_T' ELSE role END AS role,
        partner,
        period,
        sum(CASE WHEN opened_year = year THEN n ELSE 0 END) AS new
    FROM counts
    CROSS JOIN observed_years
    WHERE year >= (SELECT min(opened_year) FROM counts)
    GROUP BY GROUPING SETS ((partner, period, role), (partner, period))
)
SELECT
    role,
    partner,
    period,
    'new' AS indicator,
    CAST(new AS DOUBLE) AS value,
    new AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY role, partner, period, indicator
