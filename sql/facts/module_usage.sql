-- facts.module_usage — one row per module, branch, team and day of what an AI module was used for.
-- grain: module_id, branch_id, team_id, calendar_date
with

usage as (

    select
        module_id,
        branch_id,
        team_id,
        usage_date,
        requests_count,
        tokens_count,
        voice_minutes,
        active_users_count,
        licensed_users_count,
        cost_amount,
        currency_code
    from exports.ai_platform__usage

),

exchange_rates as (

    select
        calendar_date,
        currency_code,
        exchange_rate
    from facts.exchange_rates

)

select
    usage.module_id,  -- module, as the study calls it
    coalesce(usage.branch_id, '') as branch_id,  -- branch that used it; empty when not stated
    coalesce(usage.team_id, '') as team_id,  -- team that used it; empty when not stated
    usage.usage_date as calendar_date,  -- local day
    cast(coalesce(sum(usage.requests_count), 0) as bigint) as requests_count,  -- times it was asked
    cast(coalesce(sum(usage.tokens_count), 0) as bigint) as tokens_count,  -- tokens read and written
    cast(coalesce(sum(usage.voice_minutes), 0) as double) as voice_minutes,  -- minutes of speech processed
    cast(coalesce(sum(usage.active_users_count), 0) as bigint) as active_users_count,  -- different people who used it
    cast(coalesce(sum(usage.licensed_users_count), 0) as bigint) as licensed_users_count,  -- people who could
    cast(
        coalesce(
            sum(usage.cost_amount * case when usage.currency_code is null then 1 else exchange_rates.exchange_rate end),
            0
        )
        as decimal(18, 4)
    )
        as cost_amount_rc  -- what the provider charged, in the reporting currency

from usage
left join exchange_rates
    on
        usage.usage_date = exchange_rates.calendar_date
        and usage.currency_code = exchange_rates.currency_code
where usage.usage_date < $as_of
group by
    usage.module_id,
    coalesce(usage.branch_id, ''),
    coalesce(usage.team_id, ''),
    usage.usage_date
