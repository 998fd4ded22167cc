-- loading.contested_keys — one row per key that several rows, or none but superseded ones, claim.
-- grain: row_key
with

repeated as (

    select digest
    from quality._staged_repeated
    where table_name = $table

),

contested as (

    select incoming.row_key
    from _incoming_rows as incoming
    where
        incoming.has_key
        and incoming.digest in (select repeated.digest from repeated)
    union
    select active.row_key
    from _active_rows as active
    where
        active.has_key
        and active.digest in (select repeated.digest from repeated)
    union
    select superseded.row_key
    from _superseded_rows as superseded
    where
        superseded.has_key
        and (
            superseded.digest in (select repeated.digest from repeated)
            or superseded.row_key in (select freed.row_key from _loading_freed_keys as freed)
        )

)

select contested.row_key  -- key

from contested
