-- matching.people — one row per customer and side, with weighted outcomes and windows.
-- grain: customer_id, arm_name
with

placed as (

    select
        customer_id,
        stretch,
        recency,
        frequency,
        level_code,
        is_contacted,
        part,
        after_count,
        before_count
    from _matching_placed
    where is_fresh

),

cells as (

    select
        stretch,
        recency,
        frequency,
        level_code,
        contacted_part,
        alone_count
    from _matching_cells
    where is_kept

),

-- weights are decimals, so that the order of summation leaves no trace
weighted as (

    select
        placed.customer_id,
        placed.is_contacted,
        placed.after_count,
        placed.before_count,
        case
            when placed.is_contacted then placed.part
            else cast(cells.contacted_part / cells.alone_count as decimal(18, 9))
        end as weight
    from placed
    inner join cells
        on
            placed.stretch = cells.stretch
            and placed.recency = cells.recency
            and placed.frequency = cells.frequency
            and placed.level_code = cells.level_code

)

select
    weighted.customer_id,  -- customer
    case when weighted.is_contacted then 'contacted' else 'alone' end as arm_name,  -- side of the comparison
    cast(
        sum(
            case when weighted.is_contacted then 1 else weighted.weight end
            * cast(weighted.after_count as decimal(9, 0))
        ) as double
    ) as numerator,  -- outcomes after
    cast(sum(weighted.weight) as double) as denominator,  -- windows
    cast(
        sum(weighted.weight * cast(weighted.before_count as decimal(9, 0))) as double
    ) as numerator_baseline  -- outcomes in the placebo window

from weighted
group by
    weighted.customer_id,
    weighted.is_contacted
having sum(weighted.weight) > 0
