-- Requests whose legal basis is not stated, by source, direction and form: where treaty usage is incomplete, and how far.
-- Grain: one row per source, direction and form. Input: registrations (judicial scope).
SELECT
    source,
    direction,
    form,
    count(*) AS entered,
    count(*) - count(instrument) AS without_instrument,
    CAST(count(*) - count(instrument) AS DOUBLE) / count(*) * 100 AS percent_without_instrument
FROM registrations
WHERE scope = 'judicial'
GROUP BY source, direction, form
HAVING count(*) > count(instrument)
ORDER BY without_instrument DESC, source, direction, form
