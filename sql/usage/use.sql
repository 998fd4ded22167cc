-- usage.use — one row per place (or one for all), with what a module's actions came to there.
-- grain: place_id
select
    actions.place_id,  -- place, or the same for every action
    count(*) filter (where actions.arm_name = 'treated' and actions.is_eligible) as acted_count,  -- eligible actions
    count(*) filter (where actions.arm_name = 'held_out' and actions.is_eligible) as held_out_count,  -- held out
    count(actions.adoption_type) as decided_count,  -- suggestions staff decided on
    count(*) filter (where actions.adoption_type = 'adopted') as adopted_count,  -- taken as they were
    count(*) filter (where actions.adoption_type = 'edited') as edited_count,  -- taken after a change
    count(*) filter (where actions.adoption_type = 'ignored') as ignored_count,  -- not taken
    count(actions.opted_out_at) as opted_out_count,  -- customers who asked for no more
    count(distinct actions.staff_id) filter (where actions.adoption_type is not null) as people_count,  -- who decided
    count(distinct row(actions.staff_id, actions.calendar_date)) filter (
        where actions.adoption_type is not null and actions.staff_id is not null
    ) as person_days_count  -- people times days on which they decided

from _module_actions as actions
where
    actions.module_id = $module
    and actions.calendar_date >= $start
    and actions.calendar_date < $end
    and actions.place_id is not null
group by actions.place_id
