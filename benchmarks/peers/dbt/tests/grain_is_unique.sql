select team_id, calendar_date from {{ ref('calls_daily') }} group by team_id, calendar_date having count(*) > 1
