-- Memoranda of understanding concluded in each period and in force at its end, by counterpart.
-- Grain: counterpart x period x indicator, every cell in every period from the first memorandum on.
-- Inputs: activities of kind memorandum, observed_years. A memorandum without an end of validity stays in force; one with
-- several counterparts counts once for each and once in the total: counterparts do not sum to `_T`.
WITH
memoranda AS (
    SELECT begun_on, ended_on, array_distinct(counterparts) AS counterparts
    FROM activities
    WHERE kind = 'memorandum' AND begun_on <= $as_of
),
-- One row per memorandum and counterpart, one for the memorandum as a whole.
mentions AS (
    SELECT
        begun_on,
        ended_on,
        unnest(
            array_append(CASE WHEN cardinality(counterparts) > 0 THEN counterparts ELSE make_array('not_stated') END, '_T')
        ) AS counterpart
    FROM memoranda
),
cells AS (
    SELECT
        counterpart,
        period,
        count(*) FILTER (WHERE begun_on BETWEEN starts_on AND ends_on) AS concluded,
        count(*) FILTER (WHERE begun_on <= ends_on AND coalesce(ended_on >= ends_on, TRUE)) AS in_force
    FROM mentions
    CROSS JOIN observed_years
    WHERE ends_on >= (SELECT min(begun_on) FROM mentions)
    GROUP BY counterpart, period
),
figures AS (
    SELECT
        counterpart,
        period,
        indicator,
        CASE indicator WHEN 'concluded' THEN concluded WHEN 'in_force' THEN in_force END AS n
    FROM cells
    CROSS JOIN (VALUES ('concluded'), ('in_force')) AS indicators (indicator)
)
SELECT
    counterpart,
    period,
    indicator,
    CAST(n AS DOUBLE) AS value,
    n,
    'count' AS unit,
    'A' AS obs_status
FROM figures
ORDER BY counterpart, period, indicator
