-- Track record by offence group: the judicial requests that entered in each period, and what had become of them by the observation
-- date (a cohort), received and sent apart. No data set holds the criminal proceedings of the State itself: their columns of the
-- track-record table are not available (`O`).
-- Grain: offence x period x indicator, every cell in every period. Inputs: registrations (judicial scope), periods.
-- A request that concerns several groups counts once for each and once in the total: groups do not sum to `_T`.
WITH
requests AS (
    SELECT
        direction,
        entered_year,
        executed,
        resolved_on IS NULL AS pending,
        array_distinct(offences) AS offences,
        count(*) AS n
    FROM registrations
    WHERE scope = 'judicial'
    GROUP BY direction, entered_year, executed, resolved_on IS NULL, array_distinct(offences)
),
-- One row per request and offence group, one for the request as a whole.
mentions AS (
    SELECT
        direction,
        entered_year,
        executed,
        pending,
        n,
        unnest(
            array_append(CASE WHEN cardinality(offences) > 0 THEN offences ELSE make_array('not_stated') END, '_T')
        ) AS offence
    FROM requests
),
counts AS (
    SELECT
        offence,
        entered_year,
        sum(CASE WHEN direction = 'incoming' THEN n ELSE 0 END) AS received,
        sum(CASE WHEN direction = 'incoming' AND executed THEN n ELSE 0 END) AS received_executed,
        sum(CASE WHEN direction = 'incoming' AND pending THEN n ELSE 0 END) AS received_pending,
        sum(CASE WHEN direction = 'outgoing' THEN n ELSE 0 END) AS sent,
        sum(CASE WHEN direction = 'outgoing' AND executed THEN n ELSE 0 END) AS sent_executed,
        sum(CASE WHEN direction = 'outgoing' AND pending THEN n ELSE 0 END) AS sent_pending
    FROM mentions
    GROUP BY offence, entered_year
),
cells AS (
    SELECT
        offence,
        period,
        sum(CASE WHEN entered_year = year THEN received ELSE 0 END) AS received,
        sum(CASE WHEN entered_year = year THEN received_executed ELSE 0 END) AS received_executed,
        sum(CASE WHEN entered_year = year THEN received_pending ELSE 0 END) AS received_pending,
        sum(CASE WHEN entered_year = year THEN sent ELSE 0 END) AS sent,
        sum(CASE WHEN entered_year = year THEN sent_executed ELSE 0 END) AS sent_executed,
        sum(CASE WHEN entered_year = year THEN sent_pending ELSE 0 END) AS sent_pending
    FROM counts
    CROSS JOIN periods
    GROUP BY offence, period
),
figures AS (
    SELECT
        cells.*,
        indicator,
        CASE indicator
            WHEN 'received' THEN received
            WHEN 'received_executed' THEN received_executed
            WHEN 'received_pending' THEN received_pending
            WHEN 'sent' THEN sent
            WHEN 'sent_executed' THEN sent_executed
            WHEN 'sent_pending' THEN sent_pending
        END AS counted
    FROM cells
    CROSS JOIN (
        VALUES
            ('investigations'),
            ('indictments'),
            ('first_instance_convictions'),
            ('final_convictions'),
            ('seizures_confiscations'),
            ('received'),
            ('received_executed'),
            ('received_pending'),
            ('sent'),
            ('sent_executed'),
            ('sent_pending')
    ) AS indicators (indicator)
)
SELECT
    offence,
    period,
    indicator,
    CAST(counted AS DOUBLE) AS value,
    coalesce(counted, 0) AS n,
    'count' AS unit,
    CASE WHEN counted IS NULL THEN 'O' ELSE 'A' END AS obs_status
FROM figures
ORDER BY offence, period, indicator
