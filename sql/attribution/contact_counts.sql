-- attribution.contact_counts — one row in all, with the actions that overlap others and those not yet mature.
select
    count(*) filter (where windows.is_matured and windows.is_overlapping) as overlapping_count,  -- near another's
    count(*) filter (where not windows.is_matured) as immature_count  -- too recent to count

from facts.action_windows as windows
where
    windows.module_id = $module
    and windows.arm_name <> 'held_out'
    and windows.calendar_date >= $start
    and windows.calendar_date < $end
