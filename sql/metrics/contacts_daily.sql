-- metrics.contacts_daily — one row per branch, team, shop and day with contacts beside complaints and incidents.
-- grain: branch_id, team_id, shop_id, calendar_date
-- optional: facts.dialled_calls, facts.service_cases, facts.complaints, facts.compliance_incidents
with

calls as (

    select
        branch_id,
        team_id,
        cast(null as varchar) as shop_id,
        calendar_date,
        'contact' as row_type,
        cast(0 as decimal(18, 4)) as fine_amount_rc
    from facts.dialled_calls
    where is_connected

),

cases as (

    select
        cast(null as varchar) as branch_id,
        cast(null as varchar) as team_id,
        shop_id,
        calendar_date,
        'contact' as row_type,
        cast(0 as decimal(18, 4)) as fine_amount_rc
    from facts.service_cases

),

complaints as (

    select
        branch_id,
        team_id,
        shop_id,
        calendar_date,
        'complaint' as row_type,
        cast(0 as decimal(18, 4)) as fine_amount_rc
    from facts.complaints

),

incidents as (

    select
        branch_id,
        team_id,
        cast(null as varchar) as shop_id,
        calendar_date,
        incident_type as row_type,
        fine_amount_rc
    from facts.compliance_incidents

),

events as (

    select * from calls
    union all
    select * from cases
    union all
    select * from complaints
    union all
    select * from incidents

)

select
    events.branch_id,  -- branch
    events.team_id,  -- team
    events.shop_id,  -- shop
    events.calendar_date,  -- local date
    count(*) filter (where events.row_type = 'contact') as contacts_count,  -- connected calls and service cases
    count(*) filter (where events.row_type = 'complaint') as complaints_count,  -- complaints that came in
    count(*) filter (where events.row_type not in ('contact', 'complaint')) as incidents_count,  -- compliance incidents
    count(*) filter (where events.row_type = 'privacy_leak') as privacy_leaks_count,  -- of these leaks of personal data
    count(*) filter (where events.row_type = 'recording_violation')
        as recording_violations_count,  -- of these recordings that broke the rules
    cast(sum(events.fine_amount_rc) as decimal(18, 4)) as fine_amount_rc  -- Σ fines

from events
group by
    events.branch_id,
    events.team_id,
    events.shop_id,
    events.calendar_date
