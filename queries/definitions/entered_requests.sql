-- Requests that entered by the observation date: the population of every measure of requests.
-- Grain: one row per item of a request as one authority registered it. Input: requests.
-- A request enters on the day it is received (incoming) or transmitted abroad (outgoing); one that is not yet transmitted has
-- not entered. Police cooperation is kept apart from judicial cooperation by `scope`.
WITH
dated AS (
    SELECT
        *,
        CASE WHEN family = 'police' THEN 'police' ELSE 'judicial' END AS scope,
        CASE WHEN direction = 'outgoing' THEN transmitted_on ELSE received_on END AS entered_on
    FROM requests
)
SELECT *
FROM dated
WHERE entered_on <= $as_of
