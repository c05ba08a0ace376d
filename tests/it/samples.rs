//! The demonstration projects: their exports come from their recipes, and what the program makes of them is what was
//! put in.

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

/// `category,series` to value of a chart's data.
fn chart_data(edition: &Path, chart: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(edition.join(format!("charts/{chart}.csv"))).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| (format!("{},{}", &record[0], &record[2]), record[4].to_owned()))
        .collect()
}

/// Holds a chart against counts from the lake, each line `category,series,count`; what the lake has not is 0 in the
/// chart.
fn check_chart(project: &TestProject, edition: &Path, chart: &str, counts: &str) {
    let counted = project.query(counts);
    let mut counted: BTreeMap<&str, &str> = counted.iter().map(|line| line.rsplit_once(',').unwrap()).collect();
    assert!(!counted.is_empty(), "{chart}");
    for (cell, value) in chart_data(edition, chart) {
        assert_eq!(value, counted.remove(cell.as_str()).unwrap_or("0"), "{chart}, {cell}");
    }
    assert!(counted.is_empty(), "{chart} lacks {counted:?}");
}

#[test]
fn the_annual_report_has_its_charts_and_they_show_what_is_in_the_lake() {
    for name in ["romania", "serbia"] {
        let project = TestProject::copy_of_sample(name);
        project.run(&["run"]).exits(0);
        let edition = project.path().join("editions/annual-2025-12-31-1");
        for chart in [
            "incoming_per_year",
            "outgoing_per_year",
            "top_states",
            "turnaround",
            "turnaround_ranges",
            "instruments",
            "channels",
            "eurojust_cases",
            "eurojust_partners",
            "ejn_months",
            "pending_age",
        ] {
            for format in ["svg", "png", "csv"] {
                let file = edition.join(format!("charts/{chart}.{format}"));
                assert!(file.is_file(), "{}", file.display());
            }
        }
        check_chart(
            &project,
            &edition,
            "ejn_months",
            "select cast(date_part('year', received_on) as int), \
             lpad(cast(date_part('month', received_on) as varchar), 2, '0'), count(*) \
             from ejn_requests where received_on between date '2024-01-01' and date '2025-12-31' group by 1, 2",
        );
        check_chart(
            &project,
            &edition,
            "eurojust_cases",
            "select cast(date_part('year', opened_on) as int), role, count(*) from eurojust_cases \
             where opened_on <= date '2025-12-31' group by 1, 2",
        );
        check_chart(
            &project,
            &edition,
            "pending_age",
            "select direction, case when entered_on > date '2024-12-31' then 'under_1_year' \
             when entered_on > date '2023-12-31' then '1_to_2_years' \
             when entered_on > date '2022-12-31' then '2_to_3_years' else '3_years_or_more' end, count(*) \
             from registrations where scope = 'judicial' and resolved_on is null group by 1, 2",
        );
    }
}
