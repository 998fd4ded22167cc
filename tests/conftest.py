"""The same examples in every run: a law that fails here fails everywhere.

`pytest --hypothesis-profile explore` looks at new ones.
"""

from hypothesis import settings

settings.register_profile("reproducible", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None, max_examples=500)
settings.load_profile("reproducible")
