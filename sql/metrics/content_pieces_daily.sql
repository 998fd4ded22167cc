-- metrics.content_pieces_daily — one row per team, author, product line, maker and day with what was published.
-- grain: team_id, author_id, product_line_id, made_by, calendar_date
with

pieces as (

    select
        team_id,
        author_id,
        product_line_id,
        made_by,
        calendar_date,
        work_hours,
        cycle_days,
        revisions_count
    from facts.content_pieces

)

select
    pieces.team_id,  -- team that made them
    pieces.author_id,  -- staff number of the author
    pieces.product_line_id,  -- product line they are about
    pieces.made_by,  -- ai, human or hybrid
    pieces.calendar_date,  -- local date of publication
    count(*) as pieces_count,  -- pieces published
    count(*) filter (where pieces.made_by in ('ai', 'hybrid')) as ai_pieces_count,  -- of these AI had a part in
    count(*) filter (where pieces.work_hours is not null) as timed_pieces_count,  -- of these with recorded work
    coalesce(sum(pieces.work_hours), 0.0) as work_hours,  -- Σ hours people worked on them
    coalesce(sum(pieces.cycle_days), 0.0) as cycle_days,  -- Σ days from briefing to publication
    count(*) filter (where pieces.revisions_count > 0) as revised_pieces_count  -- pieces sent back at least once

from pieces
group by
    pieces.team_id,
    pieces.author_id,
    pieces.product_line_id,
    pieces.made_by,
    pieces.calendar_date
