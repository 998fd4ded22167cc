"""Names that stored values still carry from before they were renamed, each with its name today.

A warehouse or an edition written under a former name is read as if written under today's.
"""

from collections.abc import Mapping

from roi_pipeline.domain.selftests import TrialShape

MESSAGE_CODES: Mapping[str, str] = {
    "arms_were_drawn_by_lot": "arms_were_randomised",
    "fake_dates_are_quiet": "placebo_dates_are_quiet",
    "fake_dates_show_effects": "placebo_dates_show_effects",
    "lottery_raises_grade": "randomisation_raises_grade",
    "lottery_raises_grade_in_points": "randomisation_raises_grade_in_points",
    "too_few_fake_dates": "too_few_placebo_dates",
}
TRIAL_SHAPES: Mapping[str, TrialShape] = {"lottery": "randomised"}


def seed_name(shape: TrialShape) -> str:
    """The name a shape's draws are seeded by: its first, so that renaming moves no figure.

    >>> seed_name("half")
    'half'
    """
    return next((former for former, name in TRIAL_SHAPES.items() if name == shape), shape)
