-- store.days_of_deliveries — one row per run up to a day in which something new of an export was checked.
-- grain: as_of
select validations.as_of  -- first day the run had not seen

from quality.validations as validations
where
    validations.table_name = $table
    and validations.as_of <= $as_of
