-- Refused requests by ground, counterpart and year of refusal, with the share of the counterpart's resolved requests.
-- Grain: one row per direction, counterpart, year and ground. Input: registrations (judicial scope).
WITH
resolved AS (
    SELECT direction, counterpart, resolved_year, coalesce(refusal_ground, 'not_stated') AS ground, outcome
    FROM registrations
    WHERE scope = 'judicial' AND resolved_on IS NOT NULL
),
by_ground AS (
    SELECT
        direction,
        counterpart,
        resolved_year,
        ground,
        count(*) FILTER (WHERE outcome = 'refused') AS refused,
        sum(count(*)) OVER (PARTITION BY direction, counterpart, resolved_year) AS resolved
    FROM resolved
    GROUP BY direction, counterpart, resolved_year, ground
)
SELECT
    direction,
    counterpart,
    resolved_year,
    ground,
    refused,
    CAST(refused AS DOUBLE) / resolved * 100 AS percent_of_resolved
FROM by_ground
WHERE refused > 0
ORDER BY direction, counterpart, resolved_year, refused DESC, ground
