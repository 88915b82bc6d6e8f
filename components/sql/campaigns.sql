-- Each campaign as its latest snapshot tells it, with the rates that compare campaigns.
SELECT
    campaign,
    subject,
    status,
    started_at,
    sent,
    failed,
    delivered,
    bounced,
    complained,
    opened,
    clicked,
    unsubscribed,
    CAST(delivered AS double) / nullif(sent, 0) AS delivery_rate,
    CAST(bounced AS double) / nullif(sent, 0) AS bounce_rate,
    CAST(complained AS double) / nullif(sent, 0) AS complaint_rate,
    CAST(opened AS double) / nullif(delivered, 0) AS open_rate,
    CAST(clicked AS double) / nullif(delivered, 0) AS click_rate
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY campaign ORDER BY taken_at DESC) AS newest
    FROM lake.campaigns
) AS ranked
WHERE newest = 1
