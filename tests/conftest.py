"""The same examples in every run (`ci`): a law that fails here fails everywhere.

`make fuzz SECONDS=600` looks at fresh ones (`fuzz`).
"""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("ci")
