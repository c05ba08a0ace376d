//! The lake on disk: what a run publishes, what it leaves alone, what a crash leaves behind.

use std::fs;
use std::path::Path;

use rogatory::lake::{Lake, LakeError, LakeTable, Snapshot};

use crate::fixture::{Folder, REQUESTS, fingerprint, request, requests_batch, stage, write};

fn rows(count: usize) -> Vec<crate::fixture::Request> {
    let references = ["1/2025", "2/2025", "3/2025", "4/2025", "5/2025"];
    references
        .into_iter()
        .take(count)
        .map(|reference| request(reference, "IT", "2025-01-02", None))
        .collect()
}

fn row_count(folder: &Path, table: LakeTable, source: &str) -> u64 {
    let snapshot = Snapshot::open(folder).unwrap();
    snapshot
        .files(table)
        .iter()
        .filter(|file| file.source == source)
        .map(|file| file.rows)
        .sum()
}

#[test]
fn the_first_run_creates_every_table_even_without_rows() {
    let folder = Folder::new();
    Lake::open_or_create(&folder.path())
        .unwrap()
        .commit(&Default::default())
        .unwrap();
    let snapshot = Snapshot::open(&folder.path()).unwrap();
    for table in LakeTable::all() {
        assert!(
            folder
                .path()
                .join(table.name())
                .join("_delta_log/00000000000000000000.json")
                .is_file(),
            "{table}"
        );
        assert_eq!(
            (snapshot.version(table), snapshot.files(table).len()),
            (0, 0),
            "{table}"
        );
    }
}

#[test]
fn what_was_written_is_read_again() {
    let folder = Folder::new();
    assert_eq!(folder.run("ro-mj", &rows(3)), [REQUESTS, LakeTable::Exports]);
    let snapshot = Snapshot::open(&folder.path()).unwrap();
    assert_eq!(
        (snapshot.version(REQUESTS), snapshot.version(LakeTable::Events)),
        (1, 0)
    );
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 3);
    assert_eq!(snapshot.fingerprints(), &fingerprint("ro-mj", &rows(3)));
    let exports = snapshot.exports("ro-mj").unwrap();
    assert_eq!(
        (exports.len(), exports[0].rows_read, exports[0].file.as_deref()),
        (1, 3, Some("register.csv"))
    );
    assert_eq!(exports[0].exported_on, Some("2026-01-05".parse().unwrap()));
    assert_eq!(snapshot.exports("rs-mp").unwrap(), []);
}

#[test]
fn a_data_file_is_named_after_its_content() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    let files = folder.data_files(REQUESTS);
    let (source, name) = files[0].split_once('/').unwrap();
    assert_eq!((files.len(), source, name.len()), (1, "ro-mj", 32 + ".parquet".len()));
    let other = Folder::new();
    other.run("ro-mj", &rows(2));
    assert_eq!(other.data_files(REQUESTS), files);
    let bytes = |folder: &Folder| fs::read(folder.path().join("requests").join(&files[0])).unwrap();
    assert_eq!(bytes(&folder), bytes(&other));
}

#[test]
fn the_same_input_again_changes_nothing() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    let (current, files) = (folder.current(), folder.data_files(REQUESTS));
    assert_eq!(folder.run("ro-mj", &rows(2)), []);
    assert_eq!((folder.current(), folder.data_files(REQUESTS)), (current, files));
}

#[test]
fn replacing_one_source_leaves_the_others() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    folder.run("rs-mp", &rows(3));
    let before = Snapshot::open(&folder.path()).unwrap();
    folder.run("ro-mj", &rows(4));
    let after = Snapshot::open(&folder.path()).unwrap();
    let of = |snapshot: &Snapshot, source: &str| {
        snapshot
            .files(REQUESTS)
            .iter()
            .filter(|file| file.source == source)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&before, "rs-mp"), of(&after, "rs-mp"));
    assert_ne!(of(&before, "ro-mj"), of(&after, "ro-mj"));
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 4);
    assert!(
        before.files(REQUESTS).iter().all(|file| file.path.is_file()),
        "an older snapshot stays readable"
    );
}

#[test]
fn a_source_replaced_by_nothing_has_no_rows() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    let mut lake = Lake::open_or_create(&folder.path()).unwrap();
    lake.commit(&fingerprint("ro-mj", &[])).unwrap();
    assert_eq!(
        (lake.sources(), lake.fingerprint("ro-mj")),
        (vec!["ro-mj".to_owned()], Some("[]"))
    );
    drop(lake);
    let snapshot = Snapshot::open(&folder.path()).unwrap();
    assert!(LakeTable::all().all(|table| snapshot.files(table).is_empty()));
}

/// Stands for a crash between the commits of the tables and the renaming of `current.json`.
fn interrupted_run(folder: &Folder, source: &str, rows: &[crate::fixture::Request]) {
    let path = folder.path().join("current.json");
    let before = fs::read(&path).unwrap();
    folder.run(source, rows);
    fs::write(path, before).unwrap();
}

#[test]
fn an_interrupted_commit_is_invisible() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    interrupted_run(&folder, "ro-mj", &rows(5));
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 2);
}

#[test]
fn the_next_run_takes_over_what_an_interrupted_one_committed() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    interrupted_run(&folder, "ro-mj", &rows(5));
    assert_eq!(
        folder.run("ro-mj", &rows(5)),
        [],
        "the versions in the log are right already"
    );
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 5);
    assert_eq!(Snapshot::open(&folder.path()).unwrap().version(REQUESTS), 2);
}

#[test]
fn the_next_run_undoes_what_an_interrupted_one_did_to_another_source() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(2));
    interrupted_run(&folder, "ro-mj", &rows(5));
    folder.run("rs-mp", &rows(1));
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 2);
    assert_eq!(row_count(&folder.path(), REQUESTS, "rs-mp"), 1);
    assert_eq!(
        Snapshot::open(&folder.path()).unwrap().exports("ro-mj").unwrap()[0].rows_read,
        2
    );
}

#[test]
fn an_interrupted_first_run_leaves_no_lake_and_is_repaired() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows(5));
    fs::remove_file(folder.path().join("current.json")).unwrap();
    assert!(matches!(Snapshot::open(&folder.path()), Err(LakeError::NoLake { .. })));
    folder.run("rs-mp", &rows(1));
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 0);
    assert_eq!(row_count(&folder.path(), REQUESTS, "rs-mp"), 1);
}

#[test]
fn many_versions_are_read_through_checkpoints() {
    let folder = Folder::new();
    for run in 0..45 {
        folder.run("ro-mj", &rows(1 + run % 4));
    }
    let checkpoint = folder
        .path()
        .join("requests/_delta_log/00000000000000000040.checkpoint.parquet");
    assert!(checkpoint.is_file());
    assert_eq!(Snapshot::open(&folder.path()).unwrap().version(REQUESTS), 45);
    assert_eq!(row_count(&folder.path(), REQUESTS, "ro-mj"), 1);
    folder.run("rs-mp", &rows(2));
    assert_eq!(
        row_count(&folder.path(), REQUESTS, "ro-mj") + row_count(&folder.path(), REQUESTS, "rs-mp"),
        3
    );
}

#[test]
fn only_one_run_writes_at_a_time() {
    let folder = Folder::new();
    let first = Lake::open_or_create(&folder.path()).unwrap();
    let error = Lake::open_or_create(&folder.path()).err().unwrap();
    assert!(matches!(error, LakeError::Locked { .. }));
    assert!(
        error.to_string().contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    drop(first);
    assert!(Lake::open_or_create(&folder.path()).is_ok());
}

#[test]
fn unfinished_files_are_cleared_by_the_next_run() {
    let folder = Folder::new();
    let lake = Lake::open_or_create(&folder.path()).unwrap();
    let mut writer = lake.writer(REQUESTS, "ro-mj").unwrap();
    writer.write(&requests_batch("ro-mj", &rows(1))).unwrap();
    drop((writer, lake));
    let staged = || fs::read_dir(folder.path().join("requests/.staging")).unwrap().count();
    assert_eq!(staged(), 1);
    Lake::open_or_create(&folder.path()).unwrap();
    assert_eq!(staged(), 0);
}

#[test]
fn strings_may_be_dictionary_encoded_in_memory() {
    let plain = requests_batch("ro-mj", &rows(3));
    let encoded_type = arrow::datatypes::DataType::Dictionary(
        Box::new(arrow::datatypes::DataType::Int32),
        Box::new(arrow::datatypes::DataType::Utf8),
    );
    let index = plain.schema().index_of("counterpart").unwrap();
    let mut fields: Vec<_> = plain
        .schema()
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .collect();
    fields[index] = fields[index].clone().with_data_type(encoded_type.clone());
    let mut columns = plain.columns().to_vec();
    columns[index] = arrow::compute::cast(&columns[index], &encoded_type).unwrap();
    let encoded = arrow::array::RecordBatch::try_new(arrow::datatypes::Schema::new(fields).into(), columns).unwrap();

    let folder = Folder::new();
    let lake = Lake::open_or_create(&folder.path()).unwrap();
    let from_plain = write(&lake, REQUESTS, "ro-mj", &plain).unwrap().unwrap();
    let from_encoded = write(&lake, REQUESTS, "ro-mj", &encoded).unwrap().unwrap();
    assert_eq!(from_plain.path, from_encoded.path);
}

fn message(folder: &Folder) -> String {
    Snapshot::open(&folder.path()).unwrap_err().to_string()
}

#[test]
fn errors_say_what_is_missing_and_what_to_do() {
    let folder = Folder::new();
    assert!(message(&folder).contains("run `rogatory normalise` first"));

    folder.run("ro-mj", &rows(2));
    let current = folder.current();
    fs::write(
        folder.path().join("current.json"),
        current.replace("\"requests\": 1", "\"requests\": 7"),
    )
    .unwrap();
    assert!(
        message(&folder).contains("names version 7 of the table `requests`"),
        "{}",
        message(&folder)
    );

    fs::write(folder.path().join("current.json"), &current[..20]).unwrap();
    assert!(
        message(&folder).contains("not a valid list of table versions"),
        "{}",
        message(&folder)
    );

    fs::write(folder.path().join("current.json"), &current).unwrap();
    let file = folder.path().join("requests").join(&folder.data_files(REQUESTS)[0]);
    fs::write(&file, "short").unwrap();
    assert!(
        message(&folder).contains("is missing or has another size"),
        "{}",
        message(&folder)
    );
}

#[test]
fn wrong_columns_sources_and_files_are_refused() {
    let folder = Folder::new();
    let mut lake = Lake::open_or_create(&folder.path()).unwrap();
    let batch = requests_batch("ro-mj", &rows(1));
    assert!(matches!(
        write(&lake, LakeTable::Events, "ro-mj", &batch),
        Err(LakeError::Columns { .. })
    ));
    assert!(matches!(
        lake.writer(REQUESTS, "../x"),
        Err(LakeError::SourceName { .. })
    ));
    let file = write(&lake, REQUESTS, "ro-mj", &batch).unwrap().unwrap();
    let foreign = lake.replace_source(REQUESTS, "rs-mp", vec![file]);
    assert!(matches!(foreign, Err(LakeError::ForeignFile { .. })));
    stage(&mut lake, "ro-mj", &rows(1));
    assert!(matches!(
        lake.commit(&Default::default()),
        Err(LakeError::NoFingerprint { .. })
    ));
}
