-- loading.ranked_rows — one row per row of a contested key, with its standing among the rows of the key.
-- grain: place, source_file_id, source_row_number
with

claiming as (

    select
        'incoming' as place,
        row_key,
        ordering,
        source_file_id,
        source_row_number
    from _incoming_rows
    where row_key in (select contested.row_key from _loading_contested_keys as contested)
    union all
    select
        'active' as place,
        row_key,
        ordering,
        source_file_id,
        source_row_number
    from _active_rows
    where row_key in (select contested.row_key from _loading_contested_keys as contested)
    union all
    select
        'superseded' as place,
        row_key,
        ordering,
        source_file_id,
        source_row_number
    from _superseded_rows
    where row_key in (select contested.row_key from _loading_contested_keys as contested)

)

select
    claiming.place,  -- incoming, active or superseded
    claiming.source_file_id,  -- file
    claiming.source_row_number,  -- row of the file
    row_number() over (
        partition by claiming.row_key
        order by claiming.ordering desc nulls last, claiming.source_file_id desc, claiming.source_row_number desc
    ) as standing  -- 1 for the row that stands: the latest

from claiming
