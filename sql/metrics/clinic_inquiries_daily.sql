-- metrics.clinic_inquiries_daily — one row per clinic and day it was open, with its inquiries, 0 on a quiet day.
-- grain: clinic_id, calendar_date
with

clinics as (

    select
        clinic_id,
        opened_date
    from facts.clinics

),

calendar as (

    select calendar_date
    from facts.calendar
    where
        calendar_date >= $history_start
        and calendar_date < $as_of
        and calendar_date < $history_end

),

chats as (

    select
        clinic_id,
        calendar_date,
        count(*) as chats_count,
        count(*) filter (where handled_by = 'ai') as ai_chats_count
    from facts.chats
    group by
        clinic_id,
        calendar_date

)

select
    clinics.clinic_id,  -- clinic
    calendar.calendar_date,  -- local date
    1 as clinic_days_count,  -- one open day
    coalesce(chats.chats_count, 0) as chats_count,  -- inquiries of the day
    coalesce(chats.ai_chats_count, 0) as ai_chats_count  -- of these handled by the AI alone

from clinics
cross join calendar
left join chats
    on
        clinics.clinic_id = chats.clinic_id
        and calendar.calendar_date = chats.calendar_date
where clinics.opened_date is null or clinics.opened_date <= calendar.calendar_date
