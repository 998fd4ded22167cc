-- matching.unmatched — one row in all, with the contacts in no cell with enough untreated customers.
select count(*) as actions_count  -- contacts left out of the comparison

from _matching_placed as placed
left join _matching_cells as cells
    on
        placed.stretch = cells.stretch
        and placed.recency = cells.recency
        and placed.frequency = cells.frequency
        and placed.level_code = cells.level_code
where
    placed.is_contacted
    and not (placed.is_fresh and coalesce(cells.is_kept, false))
