-- What the measures share in DuckDB: requests with their dates, the periods, and the yearly counts that four measures add up.
CREATE VIEW registrations AS
WITH dated AS (
    SELECT
        requests.*,
        if(family = 'police', 'police', 'judicial') AS scope,
        if(direction = 'outgoing', transmitted_on, received_on) AS entered_on,
        if(outcomes.resolves = 'yes' AND completed_on <= getvariable('as_of'), completed_on, NULL) AS resolved_on,
        outcomes.executes = 'yes' AS executes
    FROM requests
    LEFT JOIN codelist_outcomes AS outcomes ON outcomes.code = outcome
)
SELECT
    *,
    executes AND resolved_on IS NOT NULL AS executed,
    resolved_on - entered_on AS days,
    year(entered_on) AS entered_year,
    year(resolved_on) AS resolved_year
FROM dated
WHERE entered_on <= getvariable('as_of');

CREATE TEMP TABLE observed_years AS
WITH firsts AS (
    SELECT min(entered_on) AS first_on FROM registrations
    UNION ALL SELECT min(opened_on) FROM eurojust_cases
    UNION ALL SELECT min(held_on) FROM eurojust_activities
    UNION ALL SELECT min(received_on) FROM ejn_requests
    UNION ALL SELECT min(begun_on) FROM activities
),
years AS (
    SELECT unnest(range(min(year(first_on)), year(getvariable('as_of')) + 1))::INT AS year FROM firsts
)
SELECT
    year::VARCHAR AS period,
    year,
    make_date(year, 1, 1) AS starts_on,
    least(make_date(year, 12, 31), getvariable('as_of')) AS ends_on,
    if(ends_on = make_date(year, 12, 31), 365, ends_on - starts_on + 1) AS days_in_period
FROM years;

CREATE TEMP TABLE yearly_counts AS
SELECT scope, direction, counterpart, family, form, entered_year, resolved_year, executed, count(*) AS n
FROM registrations
GROUP BY ALL;

CREATE TEMP TABLE periods AS
SELECT * FROM observed_years WHERE year >= (SELECT min(entered_year) FROM yearly_counts);
