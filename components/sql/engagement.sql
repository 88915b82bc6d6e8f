-- How soon readers open and click: recipients by the hour of their first time since the mail was sent, machines left out.
-- An event may be in the lake more than once; a recipient counts once for each campaign and kind.
SELECT
    firsts.campaign,
    named.subject,
    firsts.kind,
    firsts.hours_since_sending,
    count(*) AS recipients
FROM (
    SELECT
        campaign,
        kind,
        recipient,
        CAST(least(floor(min(date_diff('second', sent_at, happened_at)) / 3600.0), 168) AS bigint) AS hours_since_sending
    FROM lake.mail_events
    WHERE kind IN ('open', 'click') AND NOT machine AND campaign <> ''
    GROUP BY campaign, kind, recipient
) AS firsts
LEFT JOIN (
    SELECT campaign, max_by(subject, taken_at) AS subject
    FROM lake.campaigns
    GROUP BY campaign
) AS named ON named.campaign = firsts.campaign
GROUP BY firsts.campaign, named.subject, firsts.kind, firsts.hours_since_sending
