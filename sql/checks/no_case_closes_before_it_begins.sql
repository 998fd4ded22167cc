-- checks.no_case_closes_before_it_begins — one row per inquiry closed or reopened in the wrong order.
-- grain: chat_id
-- severity: warn
select
    chats.chat_id,  -- the inquiry
    chats.started_at,  -- first message
    chats.closed_at,  -- closed
    chats.reopened_at,  -- reopened
    'the times of the case are out of order' as reason  -- why the row is listed

from facts.chats as chats
where
    chats.closed_at < chats.started_at
    or chats.reopened_at < chats.closed_at
