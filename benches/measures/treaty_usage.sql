WITH
counts AS (
    SELECT direction, instrument, entered_year, count(*) AS n
    FROM registrations
    WHERE scope = 'judicial'
    GROUP BY ALL
),
kinds AS (
    SELECT
        direction, entered_year, n,
        coalesce(instruments.kind, 'not_stated') AS kind,
        coalesce(instrument, 'not_stated') AS instrument
    FROM counts
    LEFT JOIN codelist_instruments AS instruments ON instruments.code = instrument
)
SELECT
    if(grouping(direction) = 1, '_T', direction) AS direction,
    if(grouping(kind) = 1, '_T', kind) AS kind,
    if(grouping(instrument) = 1, '_T', instrument) AS instrument,
    period,
    sum(if(entered_year = year, n, 0))::DOUBLE AS value,
    'entered' AS indicator
FROM kinds
CROSS JOIN periods
GROUP BY period, CUBE (direction, kind, instrument)
