-- facts.forecasts — one row per article and period forecast, beside what was sold.
-- grain: product_id, calendar_date
with

forecasts as (

    select
        product_id,
        product_line_id,
        target_date,
        made_date,
        method_name,
        forecast_quantity,
        actual_quantity
    from exports.planning__forecasts

)

select
    forecasts.product_id,  -- article forecast
    forecasts.product_line_id,  -- product line of the article
    forecasts.target_date as calendar_date,  -- first day of the period forecast
    forecasts.made_date,  -- day the forecast was frozen
    forecasts.method_name,  -- how it was made
    forecasts.forecast_quantity,  -- quantity forecast
    forecasts.actual_quantity,  -- quantity sold; null while the period runs
    abs(forecasts.forecast_quantity - forecasts.actual_quantity) as absolute_error,  -- how far off, whichever way
    forecasts.forecast_quantity - forecasts.actual_quantity as signed_error  -- above 0 when too much was forecast

from forecasts
where
    forecasts.target_date < $as_of
    and forecasts.made_date <= forecasts.target_date
