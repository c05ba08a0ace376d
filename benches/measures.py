"""Times `rogatory measure` against DuckDB on the same lake.

    benches/measures.py --rogatory target/release/rogatory [--rows 10000000] [--runs 3] [--folder DIR]

Makes a copy of the Romanian sample whose seven text sources have so many rows together, normalises it (a folder that has a lake already is used as
it is), and runs the two in turn, each as a process of its own. DuckDB (the Python package, two threads) reads the Parquet files of the lake,
computes the same measures and writes each as Parquet. Its SQL is benches/measures/*.sql, written for DuckDB: the requests once as a view, the small
counts that several measures share as a temporary table, quantiles by its own function. A measure that has no file there goes over a few small
tables; it runs the SQL of queries/measures/ itself. Every figure of every mart is then compared. Prints wall-clock and processor seconds and peak
memory of every run, the ratios, and DuckDB's time for each measure.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import duckdb
from deltalake import DeltaTable

import timing

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "benches/measures"
SOURCES = ["ro-piccj", "ro-diicot", "ro-dna", "ro-mai-cazier", "ro-ccpi-sirene", "ro-ccpi-interpol", "ro-ccpi-europol"]
# Functions of the lists that our SQL names otherwise than DuckDB.
LISTS = """
    create macro make_array(item) as [item];
    create macro array_remove(list, item) as list_filter(list, lambda other: other <> item);
    create macro cardinality(list) as len(list);
"""
TOLERANCE = 1e-9


def make_project(rogatory, rows, folder):
    """The Romanian sample with so many requests, normalised."""
    if (folder / "lake/current.json").exists():
        return
    shutil.copytree(ROOT / "data-samples/romania", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("lake", "marts", "editions"))
    project = [rogatory, "--project", folder]
    for source in SOURCES:
        timing.run([*project, "generate", "--source", source, "--rows", str(rows // len(SOURCES))])
    timing.run([*project, "normalise"])


def connect(folder):
    """DuckDB over the lake's files and the shipped codelists."""
    settings = tomllib.loads((folder / "rogatory.toml").read_text(encoding="utf-8"))
    db = duckdb.connect()
    db.execute("set threads = 2")
    for table, version in json.loads((folder / "lake/current.json").read_text())["tables"].items():
        files = DeltaTable(folder / "lake" / table, version=version).file_uris()
        db.read_parquet(files).create_view(table)
    for path in (ROOT / "codelists").glob("*.csv"):
        db.read_csv(path, header=True, all_varchar=True).create_view(f"codelist_{path.stem}")
    db.execute("set variable as_of = cast(? as date)", [settings["as_of"]])
    db.execute(LISTS + (OWN / "definitions.sql").read_text(encoding="utf-8"))
    return db, {"as_of": settings["as_of"], "state": settings["state"]}


def measure(folder, results):
    """All measures by DuckDB, each into a Parquet file; prints the seconds of each as JSON."""
    started = time.perf_counter()
    db, parameters = connect(folder)
    seconds = {"connection, definitions": time.perf_counter() - started}
    for path in sorted((ROOT / "queries/measures").glob("*.sql")):
        started = time.perf_counter()
        own = OWN / path.name
        sql = (own if own.exists() else path).read_text(encoding="utf-8")
        named = {name: value for name, value in parameters.items() if f"${name}" in sql}
        db.sql(sql, params=named).write_parquet(str(results / f"{path.stem}.parquet"), compression="zstd")
        seconds[path.stem] = time.perf_counter() - started
    print(json.dumps(seconds))


def compare(marts, results):
    """Holds every figure of every mart against DuckDB's; ends the program at a difference."""
    db, compared = duckdb.connect(), 0
    for mart in sorted(marts.glob("*.parquet")):
        ours, theirs = db.read_parquet(str(mart)), db.read_parquet(str(results / mart.name))
        key = [column for column in ours.columns if column not in ("value", "n", "unit", "obs_status")]
        [(count, different)] = db.sql(f"""
            select count(*), count(*) filter (
                where ours.indicator is null or theirs.indicator is null or (ours.value is null) <> (theirs.value is null)
                or abs(ours.value - theirs.value) > {TOLERANCE} * greatest(1, abs(ours.value))
            )
            from ours full join theirs using ({", ".join(key)})
        """).fetchall()
        if different:
            sys.exit(f"{mart.stem}: {different} of {count} figures differ")
        compared += count
    print(f"\n{compared} figures of {len(list(marts.glob('*.parquet')))} measures are equal")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rogatory", type=Path, help="the program")
    parser.add_argument("--rows", type=int, default=10_000_000, help="requests of the seven sources together")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the project is made, and kept; else a temporary folder")
    parser.add_argument("--duckdb", type=Path, nargs=2, metavar=("PROJECT", "RESULTS"), help="only DuckDB's side")
    arguments = parser.parse_args()
    if arguments.duckdb:
        return measure(*arguments.duckdb)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "project"
        results = Path(temporary) / "results"
        results.mkdir()
        make_project(arguments.rogatory, arguments.rows, folder)
        commands = {
            "rogatory": [arguments.rogatory, "--project", folder, "measure"],
            "DuckDB": [sys.executable, __file__, "--duckdb", folder, results],
        }
        runs = timing.alternate(commands, arguments.runs)
        compare(folder / "marts", results)
        timing.report(runs, ours="rogatory", theirs="DuckDB")
        print("\nDuckDB's seconds for each measure, in one more run:")
        for name, seconds in json.loads(subprocess.check_output(commands["DuckDB"])).items():
            print(f"{name:>25} {seconds:7.2f}")


if __name__ == "__main__":
    main()
