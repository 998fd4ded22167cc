-- matching.cells — one row per stretch of days and traits, with how many stand on either side.
-- grain: stretch, recency, frequency, level_code
with

placed as (

    select
        stretch,
        recency,
        frequency,
        level_code,
        is_contacted,
        part
    from _matching_placed
    where is_fresh

),

cells as (

    select
        stretch,
        recency,
        frequency,
        level_code,
        sum(part) filter (where is_contacted) as contacted_part,
        count(*) filter (where not is_contacted) as alone_count
    from placed
    group by
        stretch,
        recency,
        frequency,
        level_code

)

select
    cells.stretch,  -- number of the stretch of days
    cells.recency,  -- class of how long ago
    cells.frequency,  -- class of how often before
    cells.level_code,  -- membership level
    cells.contacted_part,  -- windows of contacts
    cells.alone_count,  -- moments of untreated customers
    cells.contacted_part > 0
    and cells.contacted_part <= $most_stood_for * cells.alone_count as is_kept  -- enough stand on either side

from cells
