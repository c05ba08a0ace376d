//! The lake belongs to no program: Delta's Python package opens it as it is, DuckDB reads the files that it lists, and all count the same rows.
//!
//! Needs a Python with `deltalake`, `duckdb` and `pyarrow` (tests/requirements.txt), named by `ROGATORY_PYTHON` or found as `python3`. Without it
//! the test says that it is skipped; under `CI=true` it fails.

use std::path::Path;
use std::process::Command;

use crate::command::{GOOD, TestProject};

/// Prints, for every table, its version and the rows that Delta's metadata, Arrow and DuckDB count.
const SCRIPT: &str = r#"
import json, os, sys
import duckdb
from deltalake import DeltaTable
lake = sys.argv[1]
current = json.load(open(f"{lake}/current.json"))
for table, version in sorted(current["tables"].items()):
    delta = DeltaTable(f"{lake}/{table}")
    assert delta.version() == version, (table, delta.version(), version)
    files = delta.file_uris()
    counted = 0
    if files:
        counted = duckdb.sql("select count(*) from read_parquet($files)", params={"files": files}).fetchall()[0][0]
    rows = delta.to_pyarrow_table().num_rows
    assert rows == counted, (table, rows, counted)
    print(table, rows)
delta = DeltaTable(f"{lake}/requests")
print(delta.to_pyarrow_table().sort_by("reference").select(["reference", "counterpart", "received_on", "offences"]).to_pylist(), flush=True)
# Without the libraries' own teardown: their threads now and then abort the process after everything is done.
os._exit(0)
"#;

/// The Python to use, or nothing where its packages are missing.
fn python() -> Option<String> {
    let python = std::env::var("ROGATORY_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let check = Command::new(&python)
        .args(["-c", "import deltalake, duckdb, pyarrow"])
        .output();
    match check {
        Ok(output) if output.status.success() => Some(python),
        _ if std::env::var("CI").as_deref() == Ok("true") => {
            panic!("`{python}` lacks the packages of tests/requirements.txt")
        }
        _ => {
            eprintln!("skipped: `{python}` lacks the packages of tests/requirements.txt");
            None
        }
    }
}

#[test]
fn delta_and_duckdb_read_the_lake_as_it_is() {
    let Some(python) = python() else { return };
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    project.run(&["normalise"]).exits(0);
    project.export(
        "20260116",
        &format!(
            "{GOOD}2/2025;incoming;France;service;01.02.2025;;;\n3/2025;incoming;Ruritania;service;01.02.2025;;;\n"
        ),
    );
    project.run(&["normalise"]).exits(0);
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .arg(project.path().join("lake"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let expected = [
        "activities 0",
        "ejn_requests 0",
        "eurojust_activities 0",
        "eurojust_cases 0",
        "events 0",
        "exports 2",
        "quarantine 1",
        "requests 2",
    ];
    assert_eq!(lines[..8], expected);
    for text in [
        "'reference': '1/2025', 'counterpart': 'DE', 'received_on': datetime.date(2025, 1, 10)",
        "'offences': None",
    ] {
        assert!(lines[8].contains(text), "{}", lines[8]);
    }
    assert_eq!(project.query("select count(*) from requests"), ["2"]);
}

/// Runs a program of `tests/` that recomputes figures, and checks that it compared some of so many measures or tables.
#[track_caller]
fn recompute(python: &str, program: &str, arguments: &[&str], expected: usize) {
    let output = Command::new(python)
        .arg("-B")
        .arg(repository().join("tests").join(program))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let compared = String::from_utf8(output.stdout).unwrap();
    for line in compared.lines() {
        let (name, count) = line.split_once(' ').unwrap();
        assert!(count.parse::<u32>().unwrap() > 0, "no figure of {name} was compared");
    }
    assert_eq!(compared.lines().count(), expected, "{compared}");
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_figures_of_the_demonstration_projects_are_those_that_duckdb_computes() {
    let Some(python) = python() else { return };
    let codelists = repository().join("codelists");
    // Romania has no memoranda, so one table of the contribution is empty.
    for (name, state, tables) in [("romania", "RO", 20), ("serbia", "RS", 21)] {
        let project = TestProject::copy_of_sample(name);
        let [codelists, folder] = [codelists.as_path(), project.path()].map(|path| path.to_str().unwrap());
        project.run(&["normalise"]).exits(0);
        for as_of in ["2025-12-31", "2024-06-30"] {
            project.run(&["--as-of", as_of, "measure"]).exits(0);
            let arguments = [folder, codelists, as_of, state];
            recompute(&python, "independent_figures.py", &arguments, 9);
            let edition = project.run(&["report", "chapter-23-24"]).exits(0).stdout;
            let arguments = [&arguments[..], &[edition.trim()]].concat();
            recompute(&python, "independent_contribution.py", &arguments, tables);
        }
    }
}
