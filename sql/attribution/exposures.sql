-- attribution.exposures — one row per exact set of modules in reach, with the customer windows spent so.
-- grain: touched_mask
with

spells as (

    select
        touched_mask,
        epoch(least(spell_end_at, $end) - greatest(spell_start_at, $start)) as spent_seconds
    from facts.touch_spells
    where
        spell_start_at < $end
        and spell_end_at > $start

),

longest as (

    select max(window_days) as window_days
    from facts.attribution_rules

)

select
    spells.touched_mask,  -- Σ module_bit of the modules in reach; 0: held out
    cast(
        ceil(sum(spells.spent_seconds) / (86400 * max(longest.window_days))) as bigint
    ) as windows_count  -- customers times longest windows

from spells
cross join longest
group by spells.touched_mask
