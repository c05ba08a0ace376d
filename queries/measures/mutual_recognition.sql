-- Judicial requests under the European Union's instruments of mutual recognition, which apply between Member States only.
-- Grain: instrument x period x indicator, every instrument of the codelist in every period.
-- Inputs: registrations (judicial scope), codelist_mutual_recognition, codelist_states, periods. `$state` is the own State.
-- An instrument applies to the own State from its first day of application, but only while the State is a member, and not where it
-- does not bind the State. A period on no day of which it applies has no figure (`M`). Requests registered under it on such days
-- contradict that: they are shown, but not validated (`V`).
WITH
-- The days on which each instrument applies to the own State: from the later of two days to the last; NULL where never.
instruments AS (
    SELECT
        listed.code AS instrument,
        CASE WHEN states.code IS NOT NULL THEN greatest(CAST(applies_from AS DATE), CAST(states.eu_from AS DATE)) END AS from_day,
        CAST(states.eu_to AS DATE) AS to_day
    FROM codelist_mutual_recognition AS listed
    LEFT JOIN codelist_states AS states
        ON states.code = $state
        AND states.eu_from IS NOT NULL
        AND NOT coalesce(array_has(string_to_array(not_bound, ' '), states.code), FALSE)
),
-- Forms of cooperation that an instrument alone provides.
own_forms AS (
    SELECT code AS instrument, unnest(string_to_array(forms, ' ')) AS form
    FROM codelist_mutual_recognition
    WHERE forms IS NOT NULL
),
-- Counted before they are joined: there are far fewer days than requests.
registered_by_day AS (
    SELECT instrument, form, direction, entered_on, entered_year, count(*) AS n
    FROM registrations
    WHERE scope = 'judicial'
    GROUP BY instrument, form, direction, entered_on, entered_year
),
requests AS (
    SELECT
        coalesce(own_forms.instrument, registered_by_day.instrument) AS instrument,
        direction,
        entered_on,
        entered_year,
        n
    FROM registered_by_day
    LEFT JOIN own_forms ON own_forms.form = registered_by_day.form
),
registered AS (
    SELECT
        requests.*,
        coalesce(entered_on >= from_day AND entered_on <= coalesce(to_day, entered_on), FALSE) AS applies
    FROM requests
    JOIN instruments ON instruments.instrument = requests.instrument
),
counts AS (
    SELECT
        instrument,
        entered_year,
        sum(CASE WHEN direction = 'incoming' THEN n ELSE 0 END) AS received,
        sum(CASE WHEN direction = 'outgoing' THEN n ELSE 0 END) AS sent,
        sum(CASE WHEN direction = 'incoming' AND NOT applies THEN n ELSE 0 END) AS received_outside,
        sum(CASE WHEN direction = 'outgoing' AND NOT applies THEN n ELSE 0 END) AS sent_outside
    FROM registered
    GROUP BY instrument, entered_year
),
cells AS (
    SELECT
        instruments.instrument,
        period,
        coalesce(
            from_day <= coalesce(to_day, from_day) AND from_day <= ends_on AND starts_on <= coalesce(to_day, starts_on),
            FALSE
        ) AS applies,
        coalesce(received, 0) AS received,
        coalesce(sent, 0) AS sent,
        coalesce(received_outside, 0) AS received_outside,
        coalesce(sent_outside, 0) AS sent_outside
    FROM instruments
    CROSS JOIN periods
    LEFT JOIN counts ON counts.instrument = instruments.instrument AND counts.entered_year = periods.year
),
figures AS (
    SELECT
        instrument,
        period,
        applies,
        indicator,
        CASE indicator
            WHEN 'registered' THEN received + sent
            WHEN 'received' THEN received
            WHEN 'sent' THEN sent
            WHEN 'outside' THEN received_outside + sent_outside
        END AS n,
        CASE indicator
            WHEN 'registered' THEN received_outside + sent_outside
            WHEN 'received' THEN received_outside
            WHEN 'sent' THEN sent_outside
            WHEN 'outside' THEN 0
        END AS contradicting
    FROM cells
    CROSS JOIN (VALUES ('registered'), ('received'), ('sent'), ('outside')) AS indicators (indicator)
)
SELECT
    instrument,
    period,
    indicator,
    CASE WHEN applies OR n > 0 OR indicator = 'outside' THEN CAST(n AS DOUBLE) END AS value,
    n,
    'count' AS unit,
    CASE
        WHEN contradicting > 0 THEN 'V'
        WHEN applies OR indicator = 'outside' THEN 'A'
        ELSE 'M'
    END AS obs_status
FROM figures
ORDER BY instrument, period, indicator
