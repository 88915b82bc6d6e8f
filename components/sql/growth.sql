-- Who asked, joined and left, by day and by source or reason: each counter as the latest snapshot tells it.
SELECT
    happened_on,
    kind,
    detail,
    amount,
    CASE kind WHEN 'joined' THEN amount WHEN 'left' THEN -amount ELSE 0 END AS net
FROM (
    SELECT
        happened_on,
        kind,
        detail,
        amount,
        row_number() OVER (PARTITION BY happened_on, kind, detail ORDER BY taken_at DESC) AS newest
    FROM lake.growth
) AS ranked
WHERE newest = 1
