//! The demonstration projects: their exports come from their recipes, and what the program makes of them is what was put in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::TestProject;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples").join(name)
}

/// A copy of the sample without its exports.
fn without_exports(name: &str) -> TestProject {
    let project = TestProject::copy_of_sample(name);
    fs::remove_dir_all(project.path().join("exports")).unwrap();
    project
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

/// Rows by `file,state` of the account that the generator writes.
fn truth(text: &str) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        *rows.entry(format!("{},{}", cells[1], cells[2])).or_default() += cells[4].parse::<u64>().unwrap();
    }
    rows
}

fn check(name: &str) {
    let project = without_exports(name);
    let account = project.path().join("truth.csv");
    project
        .run(&["generate", "--truth", account.to_str().unwrap()])
        .exits(0);
    let (generated, committed) = (
        files(&project.path().join("exports")),
        files(&sample(name).join("exports")),
    );
    assert_eq!(
        generated.keys().collect::<Vec<_>>(),
        committed.keys().collect::<Vec<_>>()
    );
    for (file, bytes) in &committed {
        assert!(
            generated[file] == *bytes,
            "{file} of {name} is not what its recipe gives"
        );
    }

    project.run(&["normalise"]).exits(0);
    let expected = truth(&fs::read_to_string(account).unwrap());
    let read = project.query("select file, rows_read, accepted, quarantined, superseded from exports order by file");
    assert_eq!(read.len(), committed.len());
    for line in read {
        let cells: Vec<&str> = line.split(',').collect();
        for (state, rows) in ["read", "accepted", "quarantined", "superseded"]
            .iter()
            .zip(&cells[1..])
        {
            let expected = expected.get(&format!("{},{state}", cells[0])).copied().unwrap_or(0);
            assert_eq!(rows.parse(), Ok(expected), "{}: {state}", cells[0]);
        }
    }
}

#[test]
fn the_romanian_exports_come_from_their_recipe_and_are_read_as_they_were_meant() {
    check("romania");
}

#[test]
fn the_serbian_exports_come_from_their_recipe_and_are_read_as_they_were_meant() {
    check("serbia");
}

#[test]
fn the_seed_decides_and_the_number_of_rows_is_as_asked() {
    let project = without_exports("romania");
    let generated = |folder: &str, more: &[&str]| {
        let output = project.path().join(folder);
        let arguments = [
            &[
                "generate",
                "--source",
                "ro-ccpi-sirene",
                "--output",
                output.to_str().unwrap(),
            ],
            more,
        ]
        .concat();
        project.run(&arguments).exits(0);
        String::from_utf8(files(&output).remove("sirene-20260115.csv").unwrap()).unwrap()
    };
    let recipe = generated("one", &[]);
    let other = generated("two", &["--seed", "7"]);
    assert_ne!(recipe, other);
    assert_eq!(other, generated("three", &["--seed", "7"]));
    let many = generated("many", &["--rows", "5000"]);
    let mut references: Vec<&str> = many
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), 5000);
}

#[test]
fn the_eurojust_sample_of_2021_is_the_row_that_eurojust_published() {
    let published =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/eurojust-desks-2021.csv")).unwrap();
    let romania = published.lines().find(|line| line.starts_with("Romania,")).unwrap();
    let published: Vec<&str> = romania.split(',').skip(1).collect();

    let project = TestProject::copy_of_sample("romania");
    let answer = project.run(&["run"]).exits(0);
    let edition = PathBuf::from(answer.stdout.trim());
    let table = fs::read_to_string(edition.join("tables/eurojust_desk.csv")).unwrap();
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let row: Vec<&str> = table
        .lines()
        .find(|line| line.contains(",2021,2021,"))
        .unwrap()
        .split(',')
        .collect();
    let columns = [
        "new",
        "new_2_countries",
        "new_3_or_more",
        "ongoing",
        "participation_new",
        "participation_ongoing",
        "coordination_meetings",
        "jits",
    ];
    let ours: Vec<&str> = columns
        .iter()
        .map(|name| row[header.iter().position(|column| column == name).unwrap()])
        .collect();
    assert_eq!(ours, published);
}
