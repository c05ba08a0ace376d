//! What bad input gets: a row-level fault quarantines the row with its reason and place, a file-level fault refuses the file and leaves the lake.

use std::io::Write;

use crate::command::{GOOD, HEADER, REQUESTS, TestProject};

/// One row after a good one, and the reasons it is expected to have.
#[track_caller]
fn check_row(row: &str, expected: &[&str]) {
    let project = TestProject::with_requests();
    project.export("20260115", &format!("{GOOD}{row}\n"));
    project.run(&["normalise"]).exits(0);
    let expected: Vec<String> = expected.iter().map(|reason| format!("3:{reason}")).collect();
    assert_eq!(project.faults(), expected, "{row}");
    let quarantined = usize::from(!expected.is_empty());
    assert_eq!(
        project.account(),
        format!("2,{},{quarantined},0", 2 - quarantined),
        "{row}"
    );
}

#[test]
fn rows_are_quarantined_with_their_reasons() {
    let cases: &[(&str, &[&str])] = &[
        ("2/2025;incoming;France;service;01.02.2025;;03.02.2025;executed", &[]),
        ("2/2025;incoming;France;service;01.02.2025;;;", &[]),
        ("2/2025;outgoing;France;service;;;;", &[]),
        ("2/2025;incoming;France;service;31.02.2025;;;", &["invalid_date"]),
        ("2/2025;incoming;France;service;01.02.25;;;", &["two_digit_year"]),
        ("2/2025;incoming;France;service;45689;;;", &["serial_number"]),
        ("2/2025;incoming;France;service;01.02.1825;;;", &["date_too_early"]),
        ("2/2025;incoming;France;service;01.02.3025;;;", &["date_after_export"]),
        ("2/2025;incoming;France;service;16.01.2026;;;", &["date_after_export"]),
        ("2/2025;incoming;France;service;15.01.2026;;;", &[]),
        (
            "2/2025;incoming;France;service;01.02.2025;;31.01.2025;executed",
            &["end_before_start"],
        ),
        (
            "2/2025;outgoing;France;service;;01.02.2025;31.01.2025;executed",
            &["end_before_start"],
        ),
        (
            "2/2025;incoming;France;service;01.02.2025;;;executed",
            &["outcome_without_completion"],
        ),
        (
            "2/2025;incoming;France;service;01.02.2025;;03.02.2025;",
            &["completion_without_outcome"],
        ),
        (
            "2/2025;incoming;France;service;01.02.2025;;03.02.2025;pending",
            &["completion_without_outcome"],
        ),
        ("2/2025;incoming;Ruritania;service;01.02.2025;;;", &["unknown_code"]),
        ("2/2025;incoming;Congo;service;01.02.2025;;;", &["unknown_code"]),
        (
            "2/2025;incoming;France, Italy;service;01.02.2025;;;",
            &["several_values"],
        ),
        ("2/2025;incoming;;service;01.02.2025;;;", &["missing_value"]),
        (";incoming;France;service;01.02.2025;;;", &["missing_value"]),
        ("2/2025;incoming;France;service;;;;", &["missing_value"]),
        ("2/2025;incoming;France;service;01.02.2025;;", &["ragged_row"]),
        ("2/2025;incoming;France;service;01.02.2025;;;;", &["ragged_row"]),
        ("2/\0;incoming;France;service;01.02.2025;;;", &["nul_byte"]),
        (
            "2/2025;incoming;Ruritania;service;31.02.2025;;;executed",
            &["invalid_date", "outcome_without_completion", "unknown_code"],
        ),
    ];
    for (row, expected) in cases {
        check_row(row, expected);
    }
}

#[test]
fn a_spelling_that_the_project_gives_to_two_codes_is_never_guessed() {
    let project = TestProject::with_requests();
    project.write(
        "codelists/aliases.csv",
        "codelist,alias,code,note\nstates,Frontier,DE,\nstates,Frontier,FR,\n",
    );
    project.export("20260115", "2/2025;incoming;frontier;service;01.02.2025;;;\n");
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.faults(), ["2:ambiguous_code"]);
    assert_eq!(
        project.query("select suggestion from quarantine"),
        ["\"DE (Germany), FR (France)\""]
    );
}

#[test]
fn rows_of_one_key_that_differ_are_all_quarantined_and_repeats_superseded() {
    let project = TestProject::with_requests();
    let other = "1/2025;incoming;Germany;service;11.01.2025;;;\n";
    let third = "3/2025;incoming;Italy;service;11.01.2025;;;\n";
    project.export("20260115", &format!("{GOOD}{other}{third}{third}"));
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.faults(), ["2:duplicate_key", "3:duplicate_key"]);
    assert_eq!(project.account(), "4,1,2,1");
}

#[test]
fn the_offending_value_is_kept_of_codes_and_dates_only_and_the_nearest_named() {
    let project = TestProject::with_requests();
    project.export("20260115", "2/2025;incoming;Germani;service;31.02.2025;;;\n");
    project.run(&["normalise"]).exits(0);
    let rows = project.query("select \"column\", field, value, suggestion from quarantine order by field");
    assert!(
        rows[0].starts_with("State,counterpart,Germani,") && rows[0].contains("DE (Germany)"),
        "{rows:?}"
    );
    assert_eq!(rows[1], "Received,received_on,31.02.2025,");
    project.run(&["check"]).exits(1);
}

/// A good export is read; then this file comes with a newer date and must be refused without touching the lake.
#[track_caller]
fn check_file(content: &[u8], says: &[&str]) {
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    project.write("sources/other.toml", REQUESTS.replace("requests_*", "other_*"));
    project.write("exports/other_20260115.csv", format!("{HEADER}{GOOD}"));
    project.run(&["normalise"]).exits(0);
    let before = project.lake_state();
    project.write("exports/requests_20260116.csv", content);
    let answer = project.run(&["normalise"]).exits(1);
    answer.says(&["refused: requests, requests_20260116.csv"]).says(says);
    let state = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["tables"].clone();
    assert_eq!(state(&project.lake_state()), state(&before), "the lake changed");
    assert_eq!(project.query("select count(*) from requests"), ["2"]);
    project.run(&["normalise"]).exits(1).says(says);
}

#[test]
fn files_that_cannot_be_trusted_are_refused_and_the_lake_stays() {
    let header = HEADER.trim_end();
    let cases: &[(Vec<u8>, &[&str])] = &[
        (Vec::new(), &["the file is empty"]),
        (HEADER.into(), &["no data rows"]),
        (format!("{HEADER}\n\n").into_bytes(), &["no data rows"]),
        (
            format!("File;Direction;State;Form;Received;Sent;Closed\n{GOOD}").into_bytes(),
            &["column `Outcome`", "missing"],
        ),
        (
            format!("{header};Notes\n{GOOD}").into_bytes(),
            &["unknown column `Notes`", "`drop`"],
        ),
        (
            format!("{header};Outcomes\n{GOOD}").into_bytes(),
            &["unknown column `Outcomes`", "nearest: `Outcome`"],
        ),
        (format!("{header};\n{GOOD}").into_bytes(), &["unknown column `#9`"]),
        (
            format!("{header};Outcome\n{GOOD}").into_bytes(),
            &["column `Outcome` stands twice", "#8, #9"],
        ),
        (HEADER.replace(';', ",").into_bytes(), &["delimited by `,`"]),
        (
            format!("{HEADER}{GOOD}2/2025;incoming;Fran\u{e7}ais;")
                .into_bytes()
                .into_iter()
                .map(|b| if b == 0xC3 { 0xFF } else { b })
                .collect(),
            &["line 3", "FF", "UTF-8"],
        ),
        (
            format!("{HEADER}{GOOD}\"2/2025;incoming;France;service;01.02.2025;;;\n{GOOD}").into_bytes(),
            &["line 3", "not closed"],
        ),
        (
            [b"\xFF\xFE".as_slice(), b"F\0"].concat(),
            &["byte-order mark of UTF-16LE"],
        ),
    ];
    for (content, says) in cases {
        check_file(content, says);
    }
}

#[test]
fn a_line_of_a_gigabyte_is_refused_in_bounded_memory() {
    let project = TestProject::with_requests();
    let path = project.write("exports/requests_20260115.csv", HEADER);
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..1024 {
        file.write_all(&block).unwrap();
    }
    drop(file);
    let limit = "ulimit -v 4000000; exec \"$0\" \"$@\"";
    let output = std::process::Command::new("sh")
        .args(["-c", limit, env!("CARGO_BIN_EXE_rogatory"), "--project"])
        .arg(project.path())
        .arg("normalise")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("line 2: a record is longer than 16777216 bytes"),
        "{stderr}"
    );
}

#[test]
fn a_correction_applies_while_its_guard_holds_and_refuses_the_source_when_it_no_longer_matches() {
    let project = TestProject::with_requests();
    let wrong = "2/2025;incoming;France;service;31.02.2025;;;\n";
    project.export("20260115", &format!("{GOOD}{wrong}"));
    let correction = "[[correction]]\nsource = \"requests\"\nmatch = { reference = \"2/2025\" }\nexpect = { received_on = \"31.02.2025\" }\n\
                      action = \"set\"\nset = { received_on = \"2025-02-28\" }\nreason = \"typing error\"\nby = \"the registry\"\n";
    project.write("corrections.toml", correction);
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "2,2,0,0");
    assert_eq!(
        project.query("select received_on from requests where reference = '2/2025'"),
        ["2025-02-28"]
    );

    project.export("20260116", &format!("{GOOD}{}", wrong.replace("31.02", "28.02")));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["received_on` is no longer \"31.02.2025\""]);
    assert_eq!(
        project.query("select count(*) from requests"),
        ["2"],
        "the lake stays as it was"
    );

    std::fs::remove_file(project.path().join("exports/requests_20260116.csv")).unwrap();
    project.write("corrections.toml", correction.replace("2/2025", "9/2025"));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["no row of the export matches any more"]);

    project.write("corrections.toml", "[[correction]]\nsource = \"requests\"\nmatch = { reference = \"2/2025\" }\naction = \"exclude\"\nreason = \"test entry\"\nby = \"the registry\"\n");
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.faults(), ["3:excluded", "3:invalid_date"]);
}

#[test]
fn a_broken_json_line_is_a_fault_of_its_row_and_a_broken_document_of_the_file() {
    let project = TestProject::new();
    let definition = REQUESTS
        .replace("requests_*.csv", "r_*.jsonl")
        .replace("type = \"csv\"\ndelimiter = \";\"", "type = \"jsonl\"");
    project.write("sources/lines.toml", definition.clone());
    project.write(
        "sources/document.toml",
        definition.replace("r_*.jsonl", "r_*.json").replace("jsonl", "json"),
    );
    let good = r#"{"File":"1/2025","Direction":"incoming","State":"DE","Form":"service","Received":"10.01.2025","Sent":null,"Closed":null,"Outcome":null}"#;
    project.write(
        "exports/r_20260115.jsonl",
        format!("{good}\n{{\"File\": \n{}\n", good.replace("1/2025", "2/2025")),
    );
    project.write("exports/r_20260115.json", format!("[{good}"));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["refused: document, r_20260115.json: the JSON document can't be read"]);
    assert_eq!(project.faults(), ["2:broken_record"]);
    assert_eq!(project.account(), "3,2,1,0");
}
