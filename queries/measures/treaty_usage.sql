-- Use of treaties: judicial requests entered in each period, by primary instrument and the kind of the instrument.
-- Grain: direction x kind x instrument x period x indicator, every cell in every period.
-- Inputs: yearly_details (judicial scope), codelist_instruments, periods. A request has one primary instrument or none.
WITH
counts AS (
    SELECT direction, instrument, entered_year, sum(n) AS n
    FROM yearly_details
    WHERE scope = 'judicial'
    GROUP BY direction, instrument, entered_year
),
counts_by_kind AS (
    SELECT
        direction,
        coalesce(kind, 'not_stated') AS kind,
        coalesce(instrument, 'not_stated') AS instrument,
        entered_year,
        n
    FROM counts
    LEFT JOIN codelist_instruments AS instruments ON instruments.code = instrument
),
cells AS (
    SELECT
        CASE WHEN grouping(direction) = 1 THEN '_T' ELSE direction END AS direction,
        CASE WHEN grouping(kind) = 1 THEN '_T' ELSE kind END AS kind,
        CASE WHEN grouping(instrument) = 1 THEN '_T' ELSE instrument END AS instrument,
        period,
        sum(CASE WHEN entered_year = year THEN n ELSE 0 END) AS entered
    FROM counts_by_kind
    CROSS JOIN periods
    GROUP BY GROUPING SETS (
        (period, direction, kind, instrument),
        (period, direction, kind),
        (period, direction, instrument),
        (period, direction),
        (period, kind, instrument),
        (period, kind),
        (period, instrument),
        (period)
    )
)
SELECT
    direction,
    kind,
    instrument,
    period,
    'entered' AS indicator,
    CAST(entered AS DOUBLE) AS value,
    entered AS n,
    'count' AS unit,
    'A' AS obs_status
FROM cells
ORDER BY direction, kind, instrument, period, indicator
