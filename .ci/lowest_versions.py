"""Prints constraints that pin every direct dependency to the lower bound pyproject.toml states."""

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)(?P<extra>\[[^\]]*\])?(?P<bounds>.*)$")


def lowest_versions(pyproject: str) -> list[str]:
    r"""`name==lower bound` of every direct dependency, in the order of names.

    >>> lowest_versions('[project]\ndependencies = ["b[x]>=2.1,<3", "a>=1"]')
    ['a==1', 'b==2.1']
    """
    project = tomllib.loads(pyproject)["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(text for extra in extras for text in extra)]
    return sorted({_pinned(text) for text in wanted})


def _pinned(requirement: str) -> str:
    """The requirement at its lower bound.

    Raises:
        SystemExit: it states none.
    """
    found = REQUIREMENT.match(requirement)
    bounds = found["bounds"].split(",") if found else []
    lower = [bound.strip()[2:] for bound in bounds if bound.strip().startswith((">=", "=="))]
    if not found or len(lower) != 1:
        raise SystemExit(f"{requirement!r} in pyproject.toml states no lower bound; write name>=x")
    return f"{found['name']}=={lower[0]}"


if __name__ == "__main__":
    print("\n".join(lowest_versions(PYPROJECT.read_text("utf-8"))))
