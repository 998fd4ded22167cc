-- facts.content_pieces — one row per piece of content that was published.
-- grain: piece_id
with

pieces as (

    select
        piece_id_content,
        team_id,
        product_line_id,
        author_id,
        content_type,
        made_by,
        work_hours,
        briefed_at,
        published_at,
        revisions_count,
        local_date(published_at, $timezone) as published_date
    from exports.content__pieces

)

select
    pieces.piece_id_content as piece_id,  -- the content system's own identifier
    pieces.team_id,  -- team that made it
    pieces.product_line_id,  -- product line it is about
    pieces.author_id,  -- staff number of the author
    pieces.content_type,  -- post, article, video, …
    pieces.made_by,  -- ai, human, or hybrid when a human edited what AI drafted
    pieces.work_hours,  -- hours people worked on it; null when not recorded
    pieces.briefed_at,  -- when it was asked for, UTC
    pieces.published_at,  -- when it was published, UTC
    pieces.published_date as calendar_date,  -- local date it was published
    days_between(pieces.briefed_at, pieces.published_at) as cycle_days,  -- days from briefing to publication
    coalesce(pieces.revisions_count, 0) as revisions_count  -- times it was sent back for correction

from pieces
where pieces.published_date < $as_of
