//! Exports that come again: snapshots, upserts, unchanged files, files that go missing.

use crate::command::{GOOD, REQUESTS, TestProject};

const SECOND: &str = "2/2025;incoming;France;service;01.02.2025;;;\n";

#[test]
fn running_again_changes_nothing_and_a_new_export_changes_only_its_source() {
    let project = TestProject::with_requests();
    project.write("sources/other.toml", REQUESTS.replace("requests_*", "other_*"));
    project.export("20260115", GOOD);
    project.write(
        "exports/other_20260115.csv",
        format!("{}{SECOND}", crate::command::HEADER),
    );
    project.run(&["normalise"]).exits(0);
    let first = project.lake_state();
    project.run(&["normalise"]).exits(0).says(&["unchanged"]);
    assert_eq!(project.lake_state(), first);

    let files = |source: &str| {
        let folder = project.path().join("lake/requests").join(source);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let (own, other) = (files("requests"), files("other"));
    project.export("20260116", &format!("{GOOD}{SECOND}"));
    project.run(&["normalise"]).exits(0);
    assert_ne!(files("requests"), own);
    assert_eq!(files("other"), other);
    assert_eq!(
        project.query("select source, count(*) from requests group by source order by source"),
        ["other,1", "requests,2"]
    );
}

#[test]
fn a_newer_snapshot_supersedes_every_row_of_the_older_one() {
    let project = TestProject::with_requests();
    project.export(
        "20260115",
        &format!("{GOOD}{SECOND}3/2025;incoming;Ruritania;service;01.02.2025;;;\n"),
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "3,2,1,0");
    project.export("20260116", GOOD);
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "4,1,0,3");
    assert!(project.faults().is_empty());

    std::fs::remove_file(project.path().join("exports/requests_20260115.csv")).unwrap();
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.account(),
        "4,1,0,3",
        "a superseded export that is taken away stays accounted for"
    );
}

#[test]
fn upserts_replace_rows_of_the_same_key_and_corrections_heal_faults() {
    let project = TestProject::new();
    project.write("sources/requests.toml", format!("mode = \"upsert\"\n{REQUESTS}"));
    let faulty = "3/2025;incoming;Italy;service;31.02.2025;;;\n";
    project.export("20260115", &format!("{GOOD}{SECOND}{faulty}"));
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        (project.account(), project.faults()),
        ("3,2,1,0".to_owned(), vec!["4:invalid_date".to_owned()])
    );

    let closed = SECOND.replace(";;;", ";;05.02.2025;refused");
    project.export("20260201", &format!("{closed}{}", faulty.replace("31.02", "28.02")));
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "5,3,0,2");
    assert_eq!(
        project.query("select reference, outcome from requests order by 1"),
        ["1/2025,executed", "2/2025,refused", "3/2025,"]
    );

    std::fs::remove_file(project.path().join("exports/requests_20260115.csv")).unwrap();
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["no longer in exports/", "put it back"]);
    assert_eq!(project.account(), "5,3,0,2");
}

#[test]
fn a_mended_codelist_takes_quarantined_rows_in_without_a_new_export() {
    let project = TestProject::with_requests();
    project.export("20260115", "1/2025;incoming;Ruritania;service;01.02.2025;;;\n");
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "1,0,1,0");
    project.write(
        "codelists/aliases.csv",
        "codelist,alias,code,note\nstates,Ruritania,DE,\n",
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.query("select counterpart from requests"), ["DE"]);
}

#[test]
fn a_source_that_is_no_longer_defined_stops_the_run_and_unclaimed_files_are_named() {
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    project.write("exports/stray.csv", "a;b\n");
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["exports/stray.csv fits no source definition"]);
    std::fs::remove_file(project.path().join("exports/stray.csv")).unwrap();
    std::fs::rename(
        project.path().join("sources/requests.toml"),
        project.path().join("sources/renamed.toml"),
    )
    .unwrap();
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["the lake holds rows of requests", "restore the definition"]);
}

#[test]
fn a_file_that_two_sources_would_count_stops_the_run() {
    let project = TestProject::with_requests();
    project.write("sources/again.toml", REQUESTS);
    project.export("20260115", GOOD);
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["would count twice", "again and requests"]);
}
