//! Marts of a small lake: rows as JSON, the queries and definitions of the repository, codelists of a few codes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use rogatory::domain::measure::{Measure, MeasureDefinition};
use rogatory::engine::{CodelistTable, Counting, Definition, Engine, Parameters};
use rogatory::lake::{Lake, LakeTable, Snapshot};
use rogatory::measures::{Provenance, read_mart, run_all};
use serde_json::{Value, json};

/// A project's lake and marts in a folder that is removed with this value.
pub struct Marts {
    folder: tempfile::TempDir,
}

impl Marts {
    /// Writes the rows into a lake and runs every measure of the repository as of `as_of`.
    pub fn of(rows: &[(&str, Vec<Value>)], as_of: &str) -> Marts {
        let marts = Marts {
            folder: tempfile::tempdir().unwrap(),
        };
        write_lake(&marts.lake_dir(), rows);
        marts.run(as_of);
        marts
    }

    fn lake_dir(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("marts")
    }

    pub fn engine(&self, as_of: &str) -> Engine {
        let snapshot = Snapshot::open(&self.lake_dir()).unwrap();
        let parameters = Parameters {
            as_of: as_of.parse().unwrap(),
            state: "RO".to_owned(),
        };
        Engine::open(&snapshot, &codelists(), &definitions(), &parameters, Counting::Once).unwrap()
    }

    pub fn run(&self, as_of: &str) {
        let provenance = Provenance {
            as_of: as_of.parse().unwrap(),
            lake: BTreeMap::from([("requests".to_owned(), 1)]),
        };
        run_all(&self.engine(as_of), &measures(), &provenance, &self.dir()).unwrap();
    }

    /// The figures of one cell: indicator to value, in the order of the mart.
    pub fn cell(&self, measure: &str, dimensions: &[&str], period: &str) -> Vec<(String, Option<f64>)> {
        let mart = read_mart(&self.dir(), measure).unwrap();
        let wanted: Vec<&str> = dimensions.iter().copied().chain([period]).collect();
        let text = |column: usize, row: usize| mart.column(column).as_string::<i32>().value(row).to_owned();
        (0..mart.num_rows())
            .filter(|&row| (0..wanted.len()).all(|column| text(column, row) == wanted[column]))
            .map(|row| (text(wanted.len(), row), value(&mart, row)))
            .collect()
    }

    pub fn check(&self, measure: &str, dimensions: &[&str], period: &str, expected: &[(&str, Option<f64>)]) {
        let found = self.cell(measure, dimensions, period);
        let found: BTreeMap<&str, Option<f64>> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        for (indicator, expected) in expected {
            let place = format!("{measure} {dimensions:?} {period} {indicator}");
            let found = found.get(indicator).unwrap_or_else(|| panic!("{place}: no figure"));
            let equal = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
                (found, expected) => found == expected,
            };
            assert!(equal, "{place}: expected {expected:?}, got {found:?}");
        }
    }
}

fn value(mart: &RecordBatch, row: usize) -> Option<f64> {
    let values = mart.column_by_name("value").unwrap().as_primitive::<Float64Type>();
    values.is_valid(row).then(|| values.value(row))
}

fn queries() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")
}

/// The SQL files of a folder, by name.
pub fn sql_files(folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(queries().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let sql = entries.filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    sql.map(|path| {
        (
            path.file_stem().unwrap().to_str().unwrap().to_owned(),
            fs::read_to_string(&path).unwrap(),
        )
    })
    .collect()
}

fn definitions() -> Vec<Definition> {
    sql_files("definitions")
        .into_iter()
        .map(|(name, sql)| Definition { name, sql })
        .collect()
}

pub fn measures() -> Vec<Measure> {
    let measure = |(name, sql): (String, String)| {
        let toml = fs::read_to_string(queries().join("measures").join(format!("{name}.toml"))).unwrap();
        let definition = MeasureDefinition::parse(&name, &toml).unwrap();
        Measure { name, sql, definition }
    };
    sql_files("measures").into_iter().map(measure).collect()
}

fn codelists() -> Vec<CodelistTable> {
    let table = |name: &str, header: &[&str], rows: &[&[&str]]| CodelistTable {
        name: name.to_owned(),
        header: header.iter().map(|&cell| cell.to_owned()).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(|&cell| cell.to_owned()).collect())
            .collect(),
    };
    vec![
        table(
            "outcomes",
            &["code", "resolves", "executes"],
            &[
                &["executed", "yes", "yes"],
                &["partly_executed", "yes", "yes"],
                &["refused", "yes", "no"],
                &["withdrawn", "yes", "no"],
                &["pending", "no", "no"],
            ],
        ),
        table(
            "instruments",
            &["code", "en", "kind"],
            &[
                &["ECMA-30", "European Convention", "multilateral"],
                &["EIO", "Investigation order", "eu"],
            ],
        ),
        table(
            "states",
            &["code", "en", "eu_from", "eu_to"],
            &[
                &["FR", "France", "1958-01-01", ""],
                &["DE", "Germany", "1958-01-01", ""],
                &["RO", "Romania", "2007-01-01", ""],
            ],
        ),
        table(
            "mutual_recognition",
            &["code", "forms", "applies_from", "not_bound"],
            &[
                &["EIO", "eio", "2017-05-22", "DK IE"],
                &[
                    "EEVID",
                    "european_production_order european_preservation_order",
                    "2026-08-18",
                    "DK",
                ],
            ],
        ),
    ]
}

/// Writes a lake with one source; a row has the columns that it names, and the lineage.
fn write_lake(dir: &Path, tables: &[(&str, Vec<Value>)]) {
    let mut lake = Lake::open_or_create(dir).unwrap();
    for (name, rows) in tables {
        let table: LakeTable = name.parse().unwrap();
        let mut writer = lake.writer(table, "ro-test").unwrap();
        writer.write(&batch(table, rows)).unwrap();
        let files = writer.finish().unwrap().into_iter().collect();
        lake.replace_source(table, "ro-test", files).unwrap();
    }
    lake.commit(&BTreeMap::from([("ro-test".to_owned(), "1".to_owned())]))
        .unwrap();
}

fn batch(table: LakeTable, rows: &[Value]) -> RecordBatch {
    let complete = |(index, row): (usize, &Value)| {
        let mut complete = json!({"source": "ro-test", "authority": "RO-MJ", "export": "e1", "export_row": index + 2});
        let fields = row.as_object().unwrap().clone();
        complete.as_object_mut().unwrap().extend(fields);
        complete
    };
    let rows: Vec<Value> = rows.iter().enumerate().map(complete).collect();
    let reader = arrow::json::ReaderBuilder::new(table.schema()).with_batch_size(rows.len().max(1));
    let mut decoder = reader.build_decoder().unwrap();
    decoder.serialize(&rows).unwrap();
    decoder
        .flush()
        .unwrap()
        .unwrap_or_else(|| RecordBatch::new_empty(table.schema()))
}
