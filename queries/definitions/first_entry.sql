-- The day on which the first request entered; NULL where none has. Grain: one row. Input: entered_requests.
SELECT min(entered_on) AS first_on
FROM entered_requests
