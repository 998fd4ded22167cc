-- loading.exact_duplicates — one row per staged row that repeats another, with the copy that is kept.
-- grain: source_file_id, source_row_number
with

repeated as (

    select digest
    from quality._staged_repeated
    where table_name = $table

),

candidates as (

    select
        incoming.source_file_id,
        incoming.source_row_number,
        incoming.content,
        true as is_new
    from _incoming_rows as incoming
    where incoming.digest in (select repeated.digest from repeated)
    union all
    select
        surviving.source_file_id,
        surviving.source_row_number,
        surviving.content,
        false as is_new
    from _loading_surviving_rows as surviving
    where surviving.digest in (select repeated.digest from repeated)

),

numbered as (

    select
        source_file_id,
        source_row_number,
        content,
        is_new,
        case
            when $has_key then 1
            else row_number() over (
                partition by content, is_new, case when is_new then source_file_id end
                order by source_file_id, source_row_number
            )
        end as number_among_equals
    from candidates

),

ranked as (

    select
        source_file_id,
        source_row_number,
        is_new,
        first_value(source_file_id) over copies as kept_file_id,
        first_value(source_row_number) over copies as kept_row_number,
        row_number() over copies as copy_number
    from numbered
    window
        copies as (
            partition by content, number_among_equals
            order by is_new, source_file_id, source_row_number
        )

)

select
    $table as table_name,  -- export
    ranked.source_file_id,  -- file of the copy
    ranked.source_row_number,  -- row of the copy
    ranked.kept_file_id,  -- file of the row that is kept: a loaded one, else the first
    ranked.kept_row_number  -- row there

from ranked
where
    ranked.is_new
    and ranked.copy_number > 1
