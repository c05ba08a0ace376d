"""Times `rogatory run`, from exports to a finished edition, against the same report scripted with DuckDB, pandas, matplotlib and typst.

    benches/edition.py --rogatory target/release/rogatory [--rows 1000000] [--runs 3] [--folder DIR]

Makes a copy of the Romanian sample whose four CSV registers of requests have so many rows together, with the small exports of Eurojust, the EJN and
activities as they are, and runs the two in turn, each from nothing: `rogatory run` reads all of them, benches/data_engineer.py (which see) only the
four registers. Prints wall-clock and processor seconds and peak memory of every run, and the ratios.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import timing

ROOT = Path(__file__).resolve().parent.parent
REGISTERS = ["ro-piccj", "ro-diicot", "ro-mai-cazier", "ro-ccpi-sirene"]
OTHERS = ["ro-mj", "ro-dna", "ro-ccpi-interpol", "ro-ccpi-europol", "ro-ccpi-selec"]


def make_project(rogatory, rows, folder):
    """The Romanian sample without the registers that the peer does not read."""
    if folder.exists():
        return
    shutil.copytree(ROOT / "data-samples/romania", folder, ignore=shutil.ignore_patterns("lake", "marts", "editions", "exports"))
    exports = folder / "exports"
    exports.mkdir()
    for source in OTHERS:
        (folder / f"sources/{source}.toml").unlink()
    for path in sorted((folder / "sources").glob("*.toml")):
        number = ["--rows", str(rows // len(REGISTERS))] if path.stem in REGISTERS else []
        timing.run([rogatory, "--project", folder, "generate", "--source", path.stem, *number])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rogatory", type=Path, required=True, help="the program")
    parser.add_argument("--rows", type=int, default=1_000_000, help="requests of the four registers together")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the project is made, and kept; else a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "project"
        make_project(arguments.rogatory, arguments.rows, folder)
        made = [folder / name for name in ("lake", "marts", "editions", "out", "work")]
        commands = {
            "rogatory": ["sh", "-c", f'rm -rf {" ".join(map(str, made[:3]))}; exec {arguments.rogatory} --project {folder} run'],
            "script": ["sh", "-c", f'rm -rf {" ".join(map(str, made[3:]))}; exec {sys.executable} {ROOT / "benches/data_engineer.py"} {folder} {" ".join(REGISTERS)}'],
        }
        runs = timing.alternate(commands, arguments.runs)
        timing.report(runs, ours="rogatory", theirs="script")


if __name__ == "__main__":
    main()
