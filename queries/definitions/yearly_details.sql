-- Registrations counted by how they came, on what basis, and how they ended; measures of one of these only add them up.
-- Grain: scope x direction x channel x instrument x outcome x refusal_ground x entered_year x resolved_year.
-- Input: registrations. `resolved_year` is NULL while a request is pending.
SELECT
    scope,
    direction,
    channel,
    instrument,
    outcome,
    refusal_ground,
    entered_year,
    resolved_year,
    count(*) AS n
FROM registrations
GROUP BY scope, direction, channel, instrument, outcome, refusal_ground, entered_year, resolved_year
