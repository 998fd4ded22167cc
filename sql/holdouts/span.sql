-- holdouts.span — one row in all, with the first and last day a metric has rows on.
select
    min(metric_rows.calendar_date) as first_date,  -- first day with a row
    max(metric_rows.calendar_date) as last_date  -- last day with a row

from _metric_rows as metric_rows
where
    metric_rows.calendar_date >= $start
    and metric_rows.calendar_date < $end
