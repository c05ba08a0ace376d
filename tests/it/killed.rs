//! A process that is killed at any instant loses nothing and repeats nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command::{GOOD, HEADER, REQUESTS, TestProject};

/// Further rounds for a soak: `ROGATORY_KILLS=500 cargo test --test it killed`.
fn kills() -> u32 {
    let wanted = std::env::var("ROGATORY_KILLS").ok();
    wanted.and_then(|kills| kills.parse().ok()).unwrap_or(25)
}

/// A project with two sources that are pulled from the agency's folder.
fn project(agency: &Path) -> TestProject {
    let project = TestProject::new();
    for source in ["first", "second"] {
        let pull = format!(
            "[pull]\nkind = \"files\"\npath = \"{}/{source}_*.csv\"\nstable_for = 0\n\n[format]",
            agency.display()
        );
        let definition = REQUESTS
            .replace("files = \"requests_*.csv\"\n", "")
            .replace("[format]", &pull);
        project.write(&format!("sources/{source}.toml"), definition);
    }
    project
}

/// The agency's exports of one day: more rows each day, some of them faulty.
fn puts(agency: &Path, day: u32) {
    for source in ["first", "second"] {
        let row = |number: u32| match number % 7 {
            0 => format!("{number}/2025;incoming;Ruritania;service;10.01.2025;;;\n"),
            _ => GOOD.replace("1/2025", &format!("{number}/2025")),
        };
        let rows: String = (0..200 + day).map(row).collect();
        let name = format!("{source}_202601{day:02}.csv");
        fs::write(agency.join(name), format!("{HEADER}{rows}")).unwrap();
    }
}

/// What readers see of a project, independent of how often its lake was written.
fn seen(project: &TestProject) -> Vec<Vec<String>> {
    let sorted = |table| {
        let mut rows = project.rows(table);
        rows.sort();
        rows
    };
    ["requests", "quarantine", "exports"].map(sorted).to_vec()
}

/// Names of files that are not hidden, below the folders that the program makes, without the lake's data files and history.
fn visible(project: &TestProject) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec!["vault/objects".to_owned(), "marts".to_owned(), "editions".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(project.path().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            match entry.path().is_dir() {
                true => folders.push(name),
                false => found.push(name),
            }
        }
    }
    found.sort();
    found
}

/// Starts `run` and kills it after a while; whether it was still at work.
fn kill_after(project: &TestProject, delay: Duration) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rogatory"))
        .arg("--project")
        .arg(project.path())
        .arg("run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    let at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    at_work
}

#[test]
fn a_run_that_is_killed_at_any_instant_loses_and_repeats_nothing() {
    let agency = TempDir::new().unwrap();
    let (disturbed, undisturbed) = (project(agency.path()), project(agency.path()));
    puts(agency.path(), 1);
    let begun = Instant::now();
    undisturbed.run(&["run"]).exits(0);
    let whole = begun.elapsed();
    let mut at_work = 0;
    let kills = kills();
    for number in 0..kills {
        if number % 5 == 4 {
            puts(agency.path(), 2 + (number / 5) % 20);
        }
        // Spread evenly over the time of a run by the golden ratio, so that no stage is left out.
        let share = (f64::from(number) * 0.618_033_988_75).fract();
        at_work += u32::from(kill_after(&disturbed, whole.mul_f64(share)));
    }
    assert!(
        at_work * 2 > kills,
        "only {at_work} of {kills} processes were at work when they were killed"
    );
    disturbed.run(&["run"]).exits(0);
    undisturbed.run(&["run"]).exits(0);
    assert_eq!(seen(&disturbed), seen(&undisturbed));
    let marts = |project: &TestProject| {
        let names = visible(project).into_iter().filter(|name| name.ends_with(".parquet"));
        let read = |name: String| (name.clone(), fs::read(project.path().join(name)).unwrap());
        names.map(read).collect::<Vec<_>>()
    };
    assert_eq!(marts(&disturbed), marts(&undisturbed), "marts are the same bytes");
    let objects = |project: &TestProject| {
        let names = visible(project).into_iter();
        names.filter(|name| name.starts_with("vault/")).collect::<Vec<_>>()
    };
    let (kept, expected) = (objects(&disturbed), objects(&undisturbed));
    assert!(
        expected.iter().all(|object| kept.contains(object)),
        "every export is kept"
    );
    disturbed.run(&["check", "--vault"]).exits(0);
    let scratch = fs::read_dir(disturbed.path().join("vault/.scratch")).unwrap();
    assert_eq!(scratch.count(), 0, "nothing is left in the scratch folder");
    for edition in fs::read_dir(disturbed.path().join("editions")).unwrap() {
        let path = edition.unwrap().path();
        let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
        assert!(
            hidden || path.join("manifest.json").is_file(),
            "{} is not whole",
            path.display()
        );
    }
}
