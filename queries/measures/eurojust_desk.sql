-- Eurojust casework in the columns of Eurojust's own table of national desks.
-- Grain: authority x period x indicator, every authority in every period from its project's first case or activity.
-- Inputs: eurojust_cases, eurojust_activities, observed_years. `$state` is the own State.
-- `ongoing` = opened before the period and not closed before its first day (Eurojust: "ongoing from previous years").
WITH
-- How many States a case concerns, the own one included; NULL where none is named.
cases AS (
    SELECT
        authority,
        role,
        opened_on,
        closed_on,
        1 + CAST(cardinality(array_remove(array_distinct(countries), $state)) AS BIGINT) AS states
    FROM eurojust_cases
    WHERE opened_on <= $as_of
),
activities AS (
    SELECT authority, kind, held_on
    FROM eurojust_activities
    WHERE held_on <= $as_of
),
-- Cases and activities under each other, so that a desk without one or the other still has its row.
records AS (
    SELECT authority, role, opened_on, closed_on, states, NULL AS kind, NULL AS held_on FROM cases
    UNION ALL
    SELECT authority, NULL, NULL, NULL, NULL, kind, held_on FROM activities
),
dated_records AS (
    SELECT
        records.*,
        period,
        opened_on BETWEEN starts_on AND ends_on AS is_new,
        opened_on < starts_on AND coalesce(closed_on >= starts_on, TRUE) AS is_ongoing,
        held_on BETWEEN starts_on AND ends_on AS is_held
    FROM records
    CROSS JOIN observed_years
    WHERE ends_on >= (SELECT min(coalesce(opened_on, held_on)) FROM records)
),
cells AS (
    SELECT
        authority,
        period,
        count(*) FILTER (WHERE is_new AND role = 'initiated') AS new,
        count(*) FILTER (WHERE is_new AND role = 'initiated' AND states = 2) AS new_2_countries,
        count(*) FILTER (WHERE is_new AND role = 'initiated' AND states >= 3) AS new_3_or_more,
        count(*) FILTER (WHERE is_new AND role = 'initiated' AND coalesce(states < 2, TRUE)) AS new_countries_not_stated,
        count(*) FILTER (WHERE is_ongoing AND role = 'initiated') AS ongoing,
        count(*) FILTER (WHERE is_new AND role = 'participating') AS participation_new,
        count(*) FILTER (WHERE is_ongoing AND role = 'participating') AS participation_ongoing,
        count(*) FILTER (WHERE is_held AND kind = 'coordination_meeting') AS coordination_meetings,
        count(*) FILTER (WHERE is_held AND kind = 'coordination_centre') AS coordination_centres,
        count(*) FILTER (WHERE is_held AND kind = 'jit_supported') AS jits,
        count(*) FILTER (WHERE is_held AND kind = 'action_day') AS action_days,
        count(*) FILTER (WHERE is_held AND kind = 'eaw_facilitated') AS eaw_facilitated,
        count(*) FILTER (WHERE is_held AND kind = 'eio_facilitated') AS eio_facilitated,
        count(*) FILTER (WHERE is_held AND kind = 'mla_facilitated') AS mla_facilitated,
        count(*) FILTER (WHERE is_held AND kind = 'freezing_facilitated') AS freezing_facilitated
    FROM dated_records
    GROUP BY authority, period
),
figures AS (
    SELECT
        authority,
        period,
        indicator,
        CASE indicator
            WHEN 'new' THEN new
            WHEN 'new_2_countries' THEN new_2_countries
            WHEN 'new_3_or_more' THEN new_3_or_more
            WHEN 'new_countries_not_stated' THEN new_countries_not_stated
            WHEN 'ongoing' THEN ongoing
            WHEN 'participation_new' THEN participation_new
            WHEN 'participation_ongoing' THEN participation_ongoing
            WHEN 'coordination_meetings' THEN coordination_meetings
            WHEN 'coordination_centres' THEN coordination_centres
            WHEN 'jits' THEN jits
            WHEN 'action_days' THEN action_days
            WHEN 'eaw_facilitated' THEN eaw_facilitated
            WHEN 'eio_facilitated' THEN eio_facilitated
            WHEN 'mla_facilitated' THEN mla_facilitated
            WHEN 'freezing_facilitated' THEN freezing_facilitated
        END AS n
    FROM cells
    CROSS JOIN (
        VALUES
            ('new'),
            ('new_2_countries'),
            ('new_3_or_more'),
            ('new_countries_not_stated'),
            ('ongoing'),
            ('participation_new'),
            ('participation_ongoing'),
            ('coordination_meetings'),
            ('coordination_centres'),
            ('jits'),
            ('action_days'),
            ('eaw_facilitated'),
            ('eio_facilitated'),
            ('mla_facilitated'),
            ('freezing_facilitated')
    ) AS indicators (indicator)
)
SELECT
    authority,
    period,
    indicator,
    CAST(n AS DOUBLE) AS value,
    n,
    'count' AS unit,
    'A' AS obs_status
FROM figures
ORDER BY authority, period, indicator
