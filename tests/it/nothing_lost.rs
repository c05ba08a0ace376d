//! Rows that are easily lost, doubled or confused: each case here once was.

use rust_xlsxwriter::Workbook;

use crate::command::{GOOD, HEADER, REQUESTS, TestProject};

const SECOND: &str = "2/2025;incoming;France;service;01.02.2025;;;\n";

#[test]
fn records_that_begin_on_one_line_keep_their_own_states() {
    let project = TestProject::with_requests();
    let bad = SECOND.trim_end().replace("France", "Ruritania");
    project.export(
        "20260115",
        &format!("{}\r{bad}\n{}", GOOD.trim_end(), GOOD.replace("1/", "3/")),
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "3,2,1,0");
    assert_eq!(
        project.query("select reference from requests order by 1"),
        ["1/2025", "3/2025"]
    );
    assert_eq!(project.query("select reason from quarantine"), ["unknown_code"]);
}

#[test]
fn a_broken_newest_snapshot_never_brings_an_older_one_back() {
    let project = TestProject::with_requests();
    project.export("20260101", GOOD);
    project.run(&["normalise"]).exits(0);
    project.export("20260201", &format!("{GOOD}{SECOND}"));
    project.run(&["normalise"]).exits(0);
    std::fs::remove_file(project.path().join("exports/requests_20260201.csv")).unwrap();
    project.write("exports/requests_20260301.csv", "broken");
    project.run(&["normalise"]).exits(1).says(&[
        "refused: requests, requests_20260301.csv",
        "what the lake holds of the source stays",
    ]);
    assert_eq!(project.query("select count(*) from requests"), ["2"]);
}

#[test]
fn a_broken_newest_snapshot_leaves_an_older_one_in_use_where_the_lake_holds_nothing_newer() {
    let project = TestProject::with_requests();
    project.export("20260101", GOOD);
    project.write("exports/requests_20260301.csv", "broken");
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["refused: requests, requests_20260301.csv"]);
    assert_eq!(project.query("select count(*) from requests"), ["1"]);
}

#[test]
fn a_guard_that_fails_never_brings_an_older_snapshot_back() {
    let project = TestProject::with_requests();
    project.export("20260101", GOOD);
    project.run(&["normalise"]).exits(0);
    project.export("20260201", &GOOD.replace("Germany", "Italy"));
    project.run(&["normalise"]).exits(0);
    project.write(
        "corrections.toml",
        "[[correction]]\nsource = \"requests\"\nmatch = { reference = \"1/2025\" }\nexpect = { counterpart = \"Germany\" }\n\
         action = \"set\"\nset = { counterpart = \"FR\" }\nreason = \"r\"\nby = \"b\"\n",
    );
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["`counterpart` is no longer \"Germany\""]);
    assert_eq!(project.query("select counterpart from requests"), ["IT"]);
}

#[test]
fn a_changed_definition_never_drops_the_rows_of_earlier_upserts() {
    let project = TestProject::new();
    project.write("sources/requests.toml", format!("mode = \"upsert\"\n{REQUESTS}"));
    project.export("20260101", GOOD);
    project.run(&["normalise"]).exits(0);
    project.write(
        "sources/requests.toml",
        format!("mode = \"upsert\"\n{REQUESTS}\"Notes\" = {{ field = \"counterpart_reference\" }}\n"),
    );
    project.write(
        "exports/requests_20260201.csv",
        format!("{};Notes\n{};x\n", HEADER.trim_end(), SECOND.trim_end()),
    );
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["column `Notes`", "would be lost; the lake stays as it was"]);
    assert_eq!(project.query("select reference from requests"), ["1/2025"]);
}

#[test]
fn two_full_states_of_one_day_are_not_chosen_between() {
    let project = TestProject::with_requests();
    project.write("exports/requests_a_20260101.csv", format!("{HEADER}{GOOD}"));
    project.write("exports/requests_b_20260101.csv", format!("{HEADER}{SECOND}"));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["requests_a_20260101.csv and requests_b_20260101.csv are both full states of 2026-01-01"]);
}

#[test]
fn a_copy_of_one_full_state_does_not_hide_another_of_its_day() {
    let project = TestProject::with_requests();
    project.write("exports/requests_20260101.csv", format!("{HEADER}{GOOD}{SECOND}"));
    project.write("exports/requests_a_20260101.csv", format!("{HEADER}{GOOD}"));
    project.write("exports/requests_b_20260101.csv", format!("{HEADER}{GOOD}"));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["requests_20260101.csv and requests_b_20260101.csv are both full states of 2026-01-01"]);
}

#[test]
fn a_row_of_data_in_place_of_the_header_is_not_printed() {
    let project = TestProject::with_requests();
    project.write("exports/requests_20260101.csv", GOOD);
    let answer = project
        .run(&["normalise"])
        .exits(1)
        .says(&["none of the 8 columns of the file is named in the source definition"]);
    assert!(!answer.stderr.contains("1/2025") && !answer.stdout.contains("1/2025"));
}

#[test]
fn more_codes_than_are_told_apart_are_refused() {
    let project = TestProject::with_requests();
    let header = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/codelists/channels.csv")).unwrap();
    let columns = header.lines().next().unwrap();
    let commas = ",".repeat(columns.matches(',').count());
    let rows: Vec<String> = (0..33_000).map(|number| format!("x{number}{commas}")).collect();
    project.write("codelists/channels.csv", format!("{columns}\n{}\n", rows.join("\n")));
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["the codelist `channels` has 33", "at most 32768"]);
}

#[test]
fn json_numbers_lines_and_names_are_told_apart() {
    let project = TestProject::new();
    let definition = REQUESTS
        .replace("requests_*.csv", "*.jsonl")
        .replace("type = \"csv\"\ndelimiter = \";\"", "type = \"jsonl\"");
    let definition = format!("{definition}\"Cost\" = {{ field = \"cost_amount\" }}\n");
    project.write("sources/lines.toml", definition);
    let record = |file: &str, cost: &str| {
        format!(
            "{{\"File\":{file},\"Direction\":\"incoming\",\"State\":\"DE\",\"Form\":\"service\",\"Received\":\"10.01.2025\",\
             \"Sent\":null,\"Closed\":null,\"Outcome\":null,\"Cost\":{cost}}}\n"
        )
    };
    let lines = [
        record("12345678901234567890123", "null"),
        record("12345678901234567890999", "null"),
        record("9007199254740993", "1.234"),
        record("\"7/2025\"", "500.0"),
        "{\"a\n".to_owned(),
        "{\"b\n".to_owned(),
        "[1,2]\n".to_owned(),
    ];
    project.write("exports/r_20260115.jsonl", lines.concat());
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "7,2,5,0");
    assert_eq!(
        project.query("select reference, cost_amount from requests order by 1"),
        ["7/2025,500.0", "9007199254740993,1.234"]
    );

    let named = TestProject::new();
    named.write(
        "sources/json.toml",
        "authority = \"RO-MJ\"\ndataset = \"requests\"\nfiles = \"*.json\"\nexported_on = { value = 2026-01-15 }\ndrop = [\"name.x\"]\n\
         [format]\ntype = \"json\"\n[constants]\ndirection = \"outgoing\"\nform = \"eio\"\ncounterpart = \"DE\"\n[columns]\n\"id\" = { field = \"reference\" }\n",
    );
    named.write(
        "exports/a.json",
        "[{\"id\":1,\"name\":\"text\"},{\"id\":2,\"name\":{\"x\":1}}]",
    );
    named.run(&["normalise"]).exits(1).says(&["unknown column `name`"]);
}

#[test]
fn a_constant_that_cannot_be_read_is_a_fault_of_every_row() {
    let project = TestProject::new();
    project.write(
        "sources/requests.toml",
        REQUESTS.replace("[columns]", "[constants]\nurgent = \"maybe\"\n\n[columns]"),
    );
    project.export("20260115", GOOD);
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.faults(), ["2:invalid_boolean"]);
}

#[test]
fn corrections_reach_split_cells_duplicates_and_replaced_rows() {
    let project = TestProject::new();
    let definition = REQUESTS.replace(
        "{ field = \"counterpart\" }",
        "{ field = \"counterpart\", split = \",\" }",
    );
    project.write("sources/requests.toml", definition.clone());
    let correction = |fields: &str, action: &str| {
        format!("[[correction]]\nsource = \"requests\"\nmatch = {{ {fields} }}\n{action}\nreason = \"r\"\nby = \"b\"\n")
    };
    let duplicate = GOOD.replace("Germany", "Italy");
    project.export(
        "20260115",
        &format!("{GOOD}{duplicate}{}", SECOND.replace("France", "France, Spain")),
    );
    let set = correction(
        "reference = \"2/2025\"",
        "action = \"set\"\nset = { counterpart = \"IT\" }",
    );
    let exclude = correction(
        "reference = \"1/2025\", counterpart = \"Italy\"",
        "action = \"exclude\"",
    );
    project.write("corrections.toml", format!("{set}{exclude}"));
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select reference, item, counterpart from requests order by 1"),
        ["1/2025,1,DE", "2/2025,1,IT"]
    );
    assert_eq!(project.faults(), ["3:excluded"]);

    let upsert = TestProject::new();
    upsert.write("sources/requests.toml", format!("mode = \"upsert\"\n{definition}"));
    upsert.export("20260101", GOOD);
    upsert.export("20260201", &duplicate);
    upsert.write("corrections.toml", exclude);
    upsert.run(&["normalise"]).exits(0);
    assert_eq!(
        (
            upsert.account().as_str(),
            upsert.query("select count(*) from requests").join("").as_str()
        ),
        ("2,0,1,1", "0")
    );

    upsert.write(
        "corrections.toml",
        correction(
            "counterpart = \"Italy\"",
            "action = \"set\"\nset = { received_on = \"2025-02-30\" }",
        ),
    );
    upsert
        .run(&["normalise"])
        .exits(1)
        .says(&["`set` gives `2025-02-30` for `received_on`"]);
}

#[test]
fn rows_without_a_number_of_their_own_may_say_the_same() {
    let project = TestProject::new();
    project.write(
        "sources/visits.toml",
        "authority = \"RO-DIICOT\"\ndataset = \"activities\"\nfiles = \"*.csv\"\nexported_on = { value = 2026-01-15 }\nnumber_rows = true\n\
         [format]\ntype = \"csv\"\n[columns]\n\"kind\" = { field = \"kind\" }\n\"day\" = { field = \"begun_on\", dates = [\"yyyy-mm-dd\"] }\n",
    );
    project.write(
        "exports/visits.csv",
        "kind,day\ntraining,2025-01-10\ntraining,2025-01-10\n",
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.query("select reference from activities order by 1"), ["2", "3"]);
}

#[test]
fn an_edition_is_never_made_of_measures_older_than_the_lake() {
    let project = TestProject::with_requests();
    project.export("20260101", GOOD);
    project.run(&["run"]).exits(0);
    project.export("20260201", &format!("{GOOD}{SECOND}"));
    project.run(&["normalise"]).exits(0);
    project
        .run(&["report"])
        .exits(2)
        .says(&["run `rogatory measure` first"]);
}

#[test]
fn codelists_that_would_count_wrongly_are_refused() {
    let cases = [
        (
            "outcomes.csv",
            "code,en,resolves,excutes\ndone,Done,yes,yes\n",
            "no column `excutes`",
        ),
        (
            "outcomes.csv",
            "code,en,resolves,executes\ndone,Done,yess,yes\n",
            "`resolves` of `done` is `yess`, expected yes or no",
        ),
        (
            "forms.csv",
            "code,en,family\nvisit,Visit,mlaa\n",
            "`family` of `visit` is `mlaa`",
        ),
        (
            "aliases.csv",
            "codelist,alias,code,note\nstates,Germania,FR,\n",
            "the alias `Germania` for `FR` is the code or a name of DE (Germany)",
        ),
    ];
    for (name, text, says) in cases {
        let project = TestProject::with_requests();
        project.export("20260101", GOOD);
        project.write(&format!("codelists/{name}"), text);
        project.run(&["normalise"]).exits(2).says(&[says]);
    }
}

#[test]
fn hostile_files_end_with_a_message_and_other_sources_go_on() {
    let project = TestProject::with_requests();
    project.export("20260101", GOOD);
    let long = REQUESTS
        .replace("requests_*", "long_*")
        .replace("delimiter = \";\"", "delimiter = \";\"\ntitle_rows = 1");
    project.write("sources/long.toml", long);
    project.write("exports/long_20260101.csv", "x".repeat(40 << 20));
    let wide = REQUESTS
        .replace("requests_*", "wide_*")
        .replace("delimiter = \";\"", "delimiter = \";\"\nencoding = \"utf-16le\"");
    project.write("sources/wide.toml", wide);
    let text: Vec<u8> = format!("{HEADER}\u{20ac}\u{20ac}\u{81}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    project.write("exports/wide_20260101.csv", text);
    let sparse = REQUESTS
        .replace("requests_*.csv", "sparse_*.xlsx")
        .replace("type = \"csv\"\ndelimiter = \";\"", "type = \"xlsx\"");
    project.write("sources/sparse.toml", sparse);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "File").unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    book.save(project.path().join("exports/sparse_20260101.xlsx")).unwrap();
    project.run(&["normalise"]).exits(1).says(&[
        "long_20260101.csv: line 1: a record is longer",
        "wide_20260101.csv: line 2",
        "sparse_20260101.xlsx: the sheet's used area has 1048576 rows and 16384 columns",
    ]);
    assert_eq!(project.query("select count(*) from requests"), ["1"]);
}

#[test]
fn spellings_that_fold_alike_must_mean_one_code() {
    let project = TestProject::new();
    let twice = "{ field = \"direction\", values = { \"In\" = \"incoming\", \"IN\" = \"outgoing\" } }";
    project.write(
        "sources/requests.toml",
        REQUESTS.replace("{ field = \"direction\" }", twice),
    );
    project.export("20260101", GOOD);
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["column `Direction`", "mean two codes"]);
}

#[test]
fn an_upsert_source_without_a_readable_export_is_refused() {
    let project = TestProject::new();
    project.write("sources/requests.toml", format!("mode = \"upsert\"\n{REQUESTS}"));
    project.write("exports/requests_20260101.csv", "broken");
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["refused: requests, requests_20260101.csv", "no export can be used"]);
}
