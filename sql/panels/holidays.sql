-- panels.holidays — one row per public holiday of a stretch of days.
-- grain: calendar_date
select calendar.calendar_date  -- the holiday

from facts.calendar as calendar
where
    calendar.is_holiday
    and calendar.calendar_date >= $start
    and calendar.calendar_date < $end
