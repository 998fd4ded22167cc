-- metrics.forecasts_daily — one row per article and period with the sums of its forecast errors.
-- grain: product_id, product_line_id, method_name, calendar_date
with

forecasts as (

    select
        product_id,
        product_line_id,
        method_name,
        calendar_date,
        forecast_quantity,
        actual_quantity,
        absolute_error,
        signed_error
    from facts.forecasts
    where
        actual_quantity is not null
        and forecast_quantity is not null

)

select
    forecasts.product_id,  -- article forecast
    forecasts.product_line_id,  -- product line of the article
    forecasts.method_name,  -- how the forecast was made
    forecasts.calendar_date,  -- first day of the period forecast
    coalesce(sum(forecasts.forecast_quantity), 0.0) as forecast_quantity,  -- Σ forecast
    coalesce(sum(forecasts.actual_quantity), 0.0) as actual_quantity,  -- Σ sold
    coalesce(sum(forecasts.absolute_error), 0.0) as absolute_error,  -- Σ error whichever way
    coalesce(sum(forecasts.signed_error), 0.0) as signed_error  -- Σ forecast less Σ sold

from forecasts
group by
    forecasts.product_id,
    forecasts.product_line_id,
    forecasts.method_name,
    forecasts.calendar_date
