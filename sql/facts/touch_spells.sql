-- facts.touch_spells — one row per customer and stretch of time in which the windows of the same modules were open.
-- grain: customer_id, spell_start_at
with

windows as (

    select
        customer_id,
        acted_at,
        window_end_at,
        is_stretch_start,
        is_stretch_end,
        case when arm_name = 'held_out' then 0 else module_bit end as touched_bit,
        case when arm_name = 'held_out' then module_bit else 0 end as held_out_bit
    from facts.action_windows
    where is_matured

),

-- windows of one module that overlap or touch open once and close once, so that bits add up without carrying
edges as (

    select
        customer_id,
        acted_at as edge_at,
        touched_bit as touched_step,
        held_out_bit as held_out_step
    from windows
    where is_stretch_start
    union all
    select
        customer_id,
        window_end_at as edge_at,
        -touched_bit as touched_step,
        -held_out_bit as held_out_step
    from windows
    where is_stretch_end

),

moments as (

    select
        customer_id,
        edge_at,
        sum(touched_step) as touched_step,
        sum(held_out_step) as held_out_step
    from edges
    group by
        customer_id,
        edge_at

),

spells as (

    select
        customer_id,
        edge_at as spell_start_at,
        lead(edge_at) over (partition by customer_id order by edge_at) as spell_end_at,
        sum(touched_step) over (partition by customer_id order by edge_at) as touched_mask,
        sum(held_out_step) over (partition by customer_id order by edge_at) as held_out_mask
    from moments

)

select
    spells.customer_id,  -- customer
    spells.spell_start_at,  -- from this moment, UTC
    spells.spell_end_at,  -- until before this moment, UTC
    cast(spells.touched_mask as bigint) as touched_mask,  -- Σ module_bit of modules that acted; 0: held out
    cast(spells.held_out_mask as bigint) as held_out_mask  -- Σ module_bit of the modules that held the customer out

from spells
where
    spells.spell_end_at is not null
    and spells.touched_mask + spells.held_out_mask > 0
