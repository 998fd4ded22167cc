select
    team_id,
    cast(started_at as date) as calendar_date,
    count(*) as calls_count,
    count(*) filter (where outcome_type = 'connected') as connected_calls_count,
    sum(talk_seconds) as talk_seconds
from {{ ref('calls') }}
group by team_id, cast(started_at as date)
