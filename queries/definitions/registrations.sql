-- Entered requests with how and when they ended, as far as had happened by the observation date.
-- Grain: one row per item of a request as one authority registered it. Inputs: entered_requests, codelist_outcomes.
-- Resolved = an outcome that resolves (codelist_outcomes) with a completion date not after the observation date. Entered and
-- not resolved = pending: `resolved_on` and `days` are NULL. Same day = 0 days.
WITH
resolved AS (
    SELECT
        entered.*,
        CASE WHEN outcomes.resolves = 'yes' AND entered.completed_on <= $as_of THEN entered.completed_on END AS resolved_on,
        coalesce(outcomes.executes = 'yes', FALSE) AS executes
    FROM entered_requests AS entered
    LEFT JOIN codelist_outcomes AS outcomes ON outcomes.code = entered.outcome
)
SELECT
    *,
    executes AND resolved_on IS NOT NULL AS executed,
    CAST(resolved_on - entered_on AS BIGINT) AS days,
    CAST(date_part('year', entered_on) AS INT) AS entered_year,
    CAST(date_part('year', resolved_on) AS INT) AS resolved_year
FROM resolved
