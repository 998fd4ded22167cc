-- panels.unit_traits — one row per unit and value of a column before a day, with how often it stands there.
-- grain: unit_id, trait
select
    unit_id,  -- unit of the roll-out
    trait,  -- the value as text
    count(*) as row_count  -- rows that have it

from _metric_rows
where
    unit_id is not null
    and trait is not null
    and calendar_date < $end
group by
    unit_id,
    trait
