-- attribution.acting_modules — one row per module with a matured action on a customer in the window.
-- grain: module_id
select distinct windows.module_id  -- module, those that only held out not counted

from facts.action_windows as windows
where
    windows.is_matured
    and windows.arm_name <> 'held_out'
    and windows.calendar_date >= $start
    and windows.calendar_date < $end
