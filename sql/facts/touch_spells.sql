-- facts.touch_spells — one row per customer and stretch of time in which the windows of the same modules were open.
-- grain: customer_id, spell_start_at
with

windows as (

    select
        customer_id,
        module_bit,
        arm_name,
        acted_at,
        window_end_at
    from facts.action_windows
    where is_matured

),

reaching as (

    select
        *,
        max(window_end_at) over (
            partition by customer_id, module_bit, arm_name
            order by acted_at, window_end_at
            rows between unbounded preceding and 1 preceding
        ) as earlier_end_at
    from windows

),

numbered as (

    select
        *,
        sum(case when earlier_end_at >= acted_at then 0 else 1 end) over (
            partition by customer_id, module_bit, arm_name
            order by acted_at, window_end_at
            rows between unbounded preceding and current row
        ) as stretch_number
    from reaching

),

-- windows of one module that touch are one stretch, so that masks add up without carrying
stretches as (

    select
        customer_id,
        case when arm_name = 'held_out' then 0 else module_bit end as touched_bit,
        case when arm_name = 'held_out' then module_bit else 0 end as held_out_bit,
        min(acted_at) as opened_at,
        max(window_end_at) as closed_at
    from numbered
    group by
        customer_id,
        module_bit,
        arm_name,
        stretch_number

),

edges as (

    select
        customer_id,
        opened_at as edge_at,
        touched_bit as touched_step,
        held_out_bit as held_out_step
    from stretches
    union all
    select
        customer_id,
        closed_at as edge_at,
        -touched_bit as touched_step,
        -held_out_bit as held_out_step
    from stretches

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
    cast(spells.held_out_mask as bigint) as held_out_mask  -- Σ module_bit of the modules that by lot had not

from spells
where
    spells.spell_end_at is not null
    and spells.touched_mask + spells.held_out_mask > 0
