-- metrics.complaints_daily — one row per branch, team, shop, channel and day with the sums of its complaints.
-- grain: branch_id, team_id, shop_id, channel, calendar_date
with

complaints as (

    select
        branch_id,
        team_id,
        shop_id,
        channel,
        calendar_date,
        cause_type,
        resolution_hours
    from facts.complaints

)

select
    complaints.branch_id,  -- branch complained about
    complaints.team_id,  -- team complained about
    complaints.shop_id,  -- shop complained about
    complaints.channel,  -- how they came
    complaints.calendar_date,  -- local date they came
    count(*) as complaints_count,  -- complaints
    count(*) filter (where complaints.cause_type is not null)
        as classified_complaints_count,  -- of these with a known cause
    count(*) filter (where complaints.resolution_hours is not null) as resolved_complaints_count,  -- of these settled
    coalesce(sum(complaints.resolution_hours), 0.0) as resolution_hours  -- Σ hours until they were settled

from complaints
group by
    complaints.branch_id,
    complaints.team_id,
    complaints.shop_id,
    complaints.channel,
    complaints.calendar_date
