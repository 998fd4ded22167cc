-- loading.repeated_digests — one row per digest that a staged row shares with another, staged or surviving.
-- grain: digest
with

inside as (

    select digest
    from _incoming_rows
    group by digest
    having count(*) > 1

),

loaded as (

    select surviving.digest
    from _loading_surviving_rows as surviving
    where surviving.digest in (select incoming.digest from _incoming_rows as incoming)

),

repeated as (

    select digest
    from inside
    union
    select digest
    from loaded

)

select
    $table as table_name,  -- export
    repeated.digest  -- digest more than one row has

from repeated
