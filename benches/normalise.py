"""Times `rogatory normalise` against DuckDB on the same large register.

    benches/normalise.py --rogatory target/release/rogatory --rows 10000000 [--runs 3] [--folder DIR]

Makes the project of benches/normalise/ in a folder, generates its export, and runs the two in turn, each as a process of its own on the same
processors. DuckDB (the Python package, two threads) reads the same file, maps the eight coded columns to enumerations by joins with small tables
(faster than to texts), parses the dates, leaves out rows with a fault, rows of a repeated key and repeats, and writes one zstd Parquet file. What both accepted is then compared: the number
of rows, the counts by each coded column and the sums of the dates. Prints for each run wall-clock and processor seconds and peak memory, then the
ratios, and the size of the lake's rows against the same rows and columns as DuckDB writes them.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
CODELISTS = HERE.parent / "codelists"
LISTS = {
    "direction": "directions",
    "counterpart": "states",
    "form": "forms",
    "instrument": "instruments",
    "channel": "channels",
    "phase": "phases",
    "regularity": "regularity",
    "outcome": "outcomes",
}
DATES = ("received_on", "completed_on")
REQUIRED = ("direction", "counterpart", "form")


def spellings(field, mapping):
    """Spellings of a coded column with their codes: the Romanian names, and those of the source definition."""
    with open(CODELISTS / f"{LISTS[field]}.csv", encoding="utf-8") as file:
        known = {row["ro"]: row["code"] for row in csv.DictReader(file)}
    return known | mapping.get("values", {})


def resolving():
    with open(CODELISTS / "outcomes.csv", encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file) if row["resolves"] == "yes"]


def duckdb_side(export, output):
    """The work as a data engineer would state it."""
    definition = tomllib.loads((HERE / "normalise/sources/register.toml").read_text(encoding="utf-8"))
    columns = {header: mapping["field"] for header, mapping in definition["columns"].items()}
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    for header, mapping in definition["columns"].items():
        field = mapping["field"]
        if field in LISTS:
            known = spellings(field, mapping)
            codes = ", ".join(f"'{code}'" for code in sorted(set(known.values())))
            connection.execute(f"create type {field}_code as enum ({codes})")
            unnested = "select pair[1] as spelling, pair[2] as code from (select unnest(?::varchar[][]) as pair)"
            pairs = [list(pair) for pair in known.items()]
            connection.execute(
                f"create table {field}_codes as select spelling, code::{field}_code as code from ({unnested})", [pairs]
            )
    names = ", ".join(f"'{field}': 'VARCHAR'" for field in columns.values())
    coded = [field for field in columns.values() if field in LISTS]
    selected = ["r.reference"]
    selected += [f"{field}_codes.code as {field}" for field in coded]
    selected += [f"try_strptime(r.{field}, '%d.%m.%Y')::date as {field}" for field in DATES]
    joins = " ".join(f"left join {field}_codes on {field}_codes.spelling = r.{field}" for field in coded)
    unreadable = [f"(r.{field} is not null and {field}_codes.code is null)" for field in coded]
    unreadable += [f"(r.{field} is not null and try_strptime(r.{field}, '%d.%m.%Y') is null)" for field in DATES]
    resolved = ", ".join(f"'{code}'" for code in resolving())
    missing = " or ".join(f"{field} is null" for field in ("reference", *REQUIRED))
    connection.execute(
        f"""
        create table mapped as
        select {", ".join(selected)}, {" or ".join(unreadable)} as unreadable,
        from read_csv('{export}', delim = ';', header = true, columns = {{{names}}}, auto_detect = false, quote = '"',
                      ignore_errors = true) r {joins}
        """
    )
    values = ", ".join(columns.values())
    connection.execute(
        f"""
        create table repeated as
        select reference, count(distinct row({values})) as variants from mapped
        where reference in (select reference from mapped group by reference having count(*) > 1) group by reference
        """
    )
    faultless = f"""
        not unreadable and not ({missing}) and coalesce(completed_on >= received_on, true)
        and received_on >= date '1900-01-01' and received_on <= date '2026-01-15'
        and coalesce(completed_on <= date '2026-01-15', true)
        and (direction <> 'incoming' or received_on is not null)
        and (coalesce(outcome in ({resolved}), false) = (completed_on is not null))
        """
    connection.execute(
        f"""
        copy (
            select * exclude unreadable from mapped where {faultless} and reference not in (select reference from repeated)
            union all
            select distinct * exclude unreadable from mapped
            where {faultless} and reference in (select reference from repeated where variants = 1)
        ) to '{output}' (format parquet, compression zstd)
        """
    )


def timed(command):
    """Wall-clock and processor seconds and peak memory in MiB of one process."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command[0]} ended with status {os.waitstatus_to_exitcode(status)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(lake, parquet):
    """Stops unless both hold the same rows, as far as counts and sums tell."""
    connection = duckdb.connect()
    queries = ["select count(*), count(distinct reference) from {}"]
    queries += [f"select {field}, count(*) from {{}} group by all order by all" for field in LISTS]
    queries += [f"select count({day}), sum({day} - date '1970-01-01') from {{}}" for day in DATES]
    for query in queries:
        ours, theirs = (connection.execute(query.format(f"'{files}'")).fetchall() for files in (lake, parquet))
        if ours != theirs:
            sys.exit(f"{query}:\n  rogatory {ours}\n  duckdb   {theirs}")
    print(f"both accepted the same {connection.execute(queries[0].format(repr(lake))).fetchone()[0]:,} rows")


def sizes(lake, folder):
    """Bytes of the lake's rows, and of the same rows and columns as DuckDB writes them."""
    again = folder / "again.parquet"
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute(f"copy (select * from '{lake}') to '{again}' (format parquet, compression zstd)")
    ours = sum(path.stat().st_size for path in Path(lake).parent.glob("*.parquet"))
    print(f"size: rogatory {ours:,}, duckdb {again.stat().st_size:,} bytes, ratio {ours / again.stat().st_size:.3f}")


def benchmark(arguments, folder):
    project = folder / "project"
    shutil.copytree(HERE / "normalise", project, dirs_exist_ok=True)
    export = project / "exports/register_20260115.csv"
    rogatory = [arguments.rogatory, "--project", str(project)]
    if not export.exists():
        generate = ["generate", "--source", "register", "--rows", str(arguments.rows)]
        subprocess.run(rogatory + generate, check=True, stdout=subprocess.DEVNULL)
    print(f"export: {export.stat().st_size:,} bytes")
    output = folder / "duckdb.parquet"
    theirs = [sys.executable, __file__, "--duckdb", str(export), str(output)]
    runs = {"rogatory": [], "duckdb": []}
    for _ in range(arguments.runs):
        shutil.rmtree(project / "lake", ignore_errors=True)
        output.unlink(missing_ok=True)
        for name, command in (("rogatory", rogatory + ["normalise"]), ("duckdb", theirs)):
            runs[name].append(timed(command))
            wall, cpu, memory = runs[name][-1]
            print(f"{name:9} wall {wall:7.2f} s  cpu {cpu:7.2f} s  memory {memory:6.0f} MiB", flush=True)
    for figure, position in (("wall", 0), ("cpu", 1)):
        ours, theirs = (min(run[position] for run in runs[name]) for name in ("rogatory", "duckdb"))
        pairs = sorted(b[position] / a[position] for a, b in zip(runs["rogatory"], runs["duckdb"]))
        middle = pairs[len(pairs) // 2]
        print(f"{figure}: best {ours:.2f} s against {theirs:.2f} s, ratio {theirs / ours:.2f}; by pairs {middle:.2f}")
    lake = str(project / "lake/requests/register/*.parquet")
    compare(lake, str(output))
    sizes(lake, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rogatory", default=str(HERE.parent / "target/release/rogatory"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keeps the export for the next time")
    parser.add_argument("--duckdb", nargs=2, metavar=("EXPORT", "OUTPUT"), help="does DuckDB's part alone")
    arguments = parser.parse_args()
    if arguments.duckdb:
        duckdb_side(*arguments.duckdb)
    elif arguments.folder:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        benchmark(arguments, arguments.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            benchmark(arguments, Path(folder))


if __name__ == "__main__":
    main()
