-- Why rows are kept out: faults by source, reason, column and value, most frequent first, with the nearest known codes.
-- Grain: one row per source, reason, column and value. Input: quarantine. A mapping in the source definition or a line in a
-- codelist takes all rows of a line in at the next run.
SELECT
    source,
    reason,
    "column",
    value,
    max(suggestion) AS suggestion,
    count(DISTINCT concat(export, ' ', export_row)) AS quarantined
FROM quarantine
GROUP BY source, reason, "column", value
ORDER BY quarantined DESC, source, reason, "column", value
