-- Which instruments are used with which counterpart: judicial requests entered, by primary instrument, with their names.
-- Grain: one row per counterpart, direction and instrument. Inputs: registrations, codelist_instruments, codelist_states.
SELECT
    coalesce(states.en, counterpart) AS counterpart_name,
    direction,
    coalesce(instruments.kind, 'not_stated') AS kind,
    coalesce(instruments.en, instrument, 'not_stated') AS instrument_name,
    count(*) AS entered,
    min(entered_on) AS first_entered_on,
    max(entered_on) AS last_entered_on
FROM registrations
LEFT JOIN codelist_instruments AS instruments ON instruments.code = instrument
LEFT JOIN codelist_states AS states ON states.code = counterpart
WHERE scope = 'judicial'
GROUP BY counterpart_name, direction, instruments.kind, instrument_name
ORDER BY counterpart_name, direction, entered DESC, kind, instrument_name
