"""The typefaces that ship with the product, so that no Chinese character is ever blank.

Noto Sans SC (SIL Open Font License, `fonts/OFL.txt`) in two weights, cut down to GB 2312 and the
common part of Big5. Browsers and mail programs use the reader's own fonts; charts and PDF use these.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans SC"
# Always ends in a generic family: a name nobody has installed makes all text vanish, silently.
STACK = f"{FAMILY}, PingFang SC, Microsoft YaHei, sans-serif"
WEIGHTS = {"NotoSansSC-Regular.ttf": 400, "NotoSansSC-Bold.ttf": 700}


def font_problems() -> tuple[str, ...]:
    """What is missing for charts and PDF to show Chinese, each with the remedy; empty when well."""
    problems = [
        f"the font {FOLDER / name} is missing; install roi-pipeline again"
        for name in (*WEIGHTS, "OFL.txt")
        if not (FOLDER / name).is_file()
    ]
    try:
        _register()
    except (ImportError, OSError, ValueError) as error:
        problems.append(f"vl-convert cannot use the fonts in {FOLDER} ({error}); reinstall it")
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        problems.append(f"no PDF can be made ({error}); install the Pango library of your system")
    return tuple(problems)


@cache
def register_fonts() -> None:
    """Make the shipped typefaces known to the chart renderer, once per process."""
    _register()


def _register() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FOLDER))


def font_faces() -> str:
    """CSS that names the shipped files, for PDF."""
    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
        f"src: url({(FOLDER / name).as_uri()}); }}"
        for name, weight in WEIGHTS.items()
    )
