"""How long all reports of 50 modules take in three languages, and what of it is drawing charts.

    python benchmarks/reports.py [modules, default 50] [--processes 1] [--formats html,md,json,xlsx]

The manufacturer study is written, run once and its seven modules' findings are repeated under other
names until there are enough, so that every section and every kind of chart is there. Prints seconds for
the whole edition, for the charts alone, and the size of what was written.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting import FORMATS, Format, render_edition
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.send import kept_inputs

CYCLE, TARGET_SECONDS = "2025", 60


def closed_study(folder: Path) -> EditionInputs:
    """What the reports of the manufacturer's closed year are made from."""
    roi = [sys.executable, "-m", "roi_pipeline.cli"]
    subprocess.run([*roi, "init", folder, "--example", "manufacturer"], check=True)
    subprocess.run([*roi, "close", folder, "--cycle", CYCLE], check=True)
    return kept_inputs(archive_of(StudyPaths(folder)), f"{CYCLE}/final-1")


def repeated(inputs: EditionInputs, n_modules: int) -> EditionInputs:
    """The edition with its modules repeated under other ids."""
    found = list(inputs.modules)
    modules = tuple(
        replace(given, module=replace(given.module, id=f"{given.module.id}_{number}"))
        for number in range(n_modules)
        for given in [found[number % len(found)]]
    )
    return replace(inputs, modules=modules)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="?", type=int, default=50)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--study", type=Path, help="a closed manufacturer study, to save its run")
    options = parser.parse_args()
    formats: list[Format] = [kind for kind in FORMATS if kind in options.formats.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        if options.study:
            inputs = kept_inputs(archive_of(StudyPaths(options.study)), f"{CYCLE}/final-1")
        else:
            inputs = closed_study(Path(scratch) / "study")
        edition, target = repeated(inputs, options.modules), Path(scratch) / "edition"
        began, busy = time.perf_counter(), time.process_time()
        files = render_edition(edition, target, formats=formats, languages=LANGUAGES)
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        size = sum((target / file.path).stat().st_size for file in files)
    print(f"{options.modules} modules, {len(LANGUAGES)} languages, {'+'.join(formats)}")
    print(f"{len(files)} files, {size / 1e6:.1f} MB")
    print(f"{seconds:.1f} s, {cpu:.1f} s of one core; the target is {TARGET_SECONDS} s")


if __name__ == "__main__":
    main()
