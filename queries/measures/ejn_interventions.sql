-- Interventions of EJN contact points received or sent in each period: by counterpart, by requester, by subject, by outcome.
-- Grain: direction x (counterpart | requester | subject | outcome) x period x indicator, every cell in every period; a cell
-- details one of the four, the others are `_T`. Inputs: ejn_requests, observed_years.
-- An intervention completed after the observation date was pending; so is one that states neither an outcome nor a date.
WITH
interventions AS (
    SELECT
        direction,
        counterpart,
        coalesce(requester, 'not_stated') AS requester,
        coalesce(subject, 'not_stated') AS subject,
        CASE
            WHEN completed_on > $as_of OR (completed_on IS NULL AND outcome IS NULL) THEN 'pending'
            ELSE coalesce(outcome, 'not_stated')
        END AS outcome,
        coalesce(eurojust_referral, FALSE) AS eurojust_referral,
        CAST(date_part('year', received_on) AS INT) AS entered_year
    FROM ejn_requests
    WHERE received_on <= $as_of
),
counts AS (
    SELECT
        direction,
        counterpart,
        requester,
        subject,
        outcome,
        entered_year,
        count(*) AS n,
        count(*) FILTER (WHERE eurojust_referral) AS referrals
    FROM interventions
    GROUP BY direction, counterpart, requester, subject, outcome, entered_year
),
cells AS (
    SELECT
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(counterpart) = 1 THEN '_T' ELSE counterpart END AS counterpart,
        CASE WHEN grouping(requester) = 1 THEN '_T' ELSE requester END AS requester,
        CASE WHEN grouping(subject) = 1 THEN '_T' ELSE subject END AS subject,
        CASE WHEN grouping(outcome) = 1 THEN '_T' ELSE outcome END AS outcome,
        period,
        sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered,
        sum(CASE WHEN entered_year = year THEN referrals ELSE 0 END) AS eurojust_referrals
    FROM counts
    CROSS JOIN observed_years
    WHERE year >= (SELECT min(entered_year) FROM counts)
    GROUP BY GROUPING SETS (
        (period, direction, counterpart),
        (period, direction, requester),
        (period, direction, subject),
        (period, direction, outcome),
        (period, direction),
        (period, counterpart),
        (period, requester),
        (period, subject),
        (period, outcome),
        (period)
    )
),
figures AS (
    SELECT
        cells.*,
        indicator,
        CASE indicator WHEN 'entered' THEN entered WHEN 'eurojust_referrals' THEN eurojust_referrals END AS n
    FROM cells
    CROSS JOIN (VALUES ('entered'), ('eurojust_referrals')) AS indicators (indicator)
)
SELECT
    direction,
    counterpart,
    requester,
    subject,
    outcome,
    period,
    indicator,
    CAST(n AS DOUBLE) AS value,
    n,
    'count' AS unit,
    'A' AS obs_status
FROM figures
ORDER BY direction, counterpart, requester, subject, outcome, period, indicator
