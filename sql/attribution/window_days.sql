-- attribution.window_days — one row per module, with the days its actions claim outcomes for.
-- grain: module_id
select
    rules.module_id,  -- module
    max(rules.window_days) as window_days  -- length of its window

from facts.attribution_rules as rules
where rules.module_id = $module
group by rules.module_id
