-- The hundred requests that have been pending longest at the observation date, oldest first.
-- Grain: one row per registration. Input: registrations. Use it for the list that a head of department asks for each month.
SELECT
    source,
    authority,
    reference,
    item,
    direction,
    counterpart,
    form,
    entered_on,
    CAST($as_of - entered_on AS BIGINT) AS days_pending,
    outcome
FROM registrations
WHERE resolved_on IS NULL
ORDER BY entered_on, source, reference, item
LIMIT 100
