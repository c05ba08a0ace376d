//! The whole way, from exports to an edition, through the program: what it prints, what it publishes, and that a table is added by data alone.

use std::fs;

use crate::command::{GOOD, TestProject};

fn edition(project: &TestProject) -> std::path::PathBuf {
    let answer = project.run(&["run"]).exits(0);
    answer.stdout.trim().into()
}

fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn two_runs_on_the_same_inputs_publish_one_edition_and_two_projects_the_same_bytes() {
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    let first = edition(&project);
    let before = files(&first);
    assert_eq!(edition(&project), first);
    assert_eq!(files(&first), before);

    let twin = TestProject::with_requests();
    twin.export("20260115", GOOD);
    let second = edition(&twin);
    let contents = |files: Vec<(String, Vec<u8>)>| files.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(contents(files(&second)), contents(before));
}

#[test]
fn a_table_is_added_by_sql_and_toml_alone() {
    let project = TestProject::with_requests();
    project.export(
        "20260115",
        &format!("{GOOD}2/2025;incoming;France;service;01.02.2025;;;\n"),
    );
    project.write(
        "queries/measures/urgent_requests.sql",
        "-- Requests by counterpart and year, for a test.\n\
         select counterpart, cast(entered_year as varchar) as period, 'entered' as indicator, cast(count(*) as double) as value,\n\
         count(*) as n, 'count' as unit, 'A' as obs_status from registrations group by counterpart, entered_year order by 1, 2, 3\n",
    );
    project.write(
        "queries/measures/urgent_requests.toml",
        "title.en = \"Requests by State\"\ncounts.en = \"Registrations\"\nunit_of_count = \"registration\"\npopulation = \"all\"\nsource = \"own\"\n\
         missing = \"none\"\ndimensions = [\"counterpart\"]\n[indicators.entered]\nlabel.en = \"Entered\"\nformula = \"count\"\nunit = \"count\"\n",
    );
    project.write(
        "reports/extra.toml",
        "title.en = \"Extra\"\n[[section]]\nname = \"only\"\ntitle.en = \"Only\"\nshow = [\"table:by_state\"]\n\
         [[table]]\nname = \"by_state\"\ntitle.en = \"Requests by State, {period}\"\nmeasure = \"urgent_requests\"\nwhere = { period = \"latest\" }\n\
         rows = [\"counterpart\"]\ncolumns = [\"entered\"]\ntotal = \"sum\"\n",
    );
    project.write(
        "reports/extra.en.j2",
        "{% block only %}{{ number(\"by_state\", [\"DE\"], \"entered\") }} from Germany.{% endblock %}",
    );
    project.write(
        "rogatory.toml",
        "state = \"RO\"\ntitle = \"Test\"\nas_of = 2025-12-31\nreports = [\"extra\"]\n",
    );
    let edition = edition(&project);
    let page = fs::read_to_string(edition.join("index.html")).unwrap();
    assert!(
        page.contains("1 from Germany.") && page.contains("Requests by State, 2025"),
        "{page}"
    );
    let table = fs::read_to_string(edition.join("tables/by_state.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "{table}");
    assert!(
        rows[0].contains("France") && rows[1].contains("Germany") && rows[2].contains("Total"),
        "{table}"
    );
}

#[test]
fn a_new_project_runs_as_it_is_and_is_not_overwritten() {
    let project = TestProject::new();
    let folder = project.path().join("new");
    let name = folder.to_str().unwrap();
    project.run(&["init", name, "--state", "MD"]).exits(0);
    project
        .run(&["init", name, "--state", "MD"])
        .exits(2)
        .says(&["holds a project already"]);
    project
        .run(&["init", name, "--state", "XX"])
        .exits(2)
        .says(&["`XX` is not a code of codelists/states.csv"]);
    let answer = project.run(&["--project", name, "run"]);
    assert_eq!(answer.code, 2, "--project given twice is refused: {}", answer.stderr);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rogatory"))
        .args(["--project", name, "run"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_designation_carries_its_footnote_wherever_it_stands_and_a_project_may_word_it() {
    let project = TestProject::with_requests();
    project.export("20260115", &GOOD.replace("Germany", "Kosovo"));
    let page = fs::read_to_string(edition(&project).join("index.html")).unwrap();
    assert!(
        page.contains("Kosovo*: This designation is without prejudice to positions on status"),
        "{page}"
    );
    project.write(
        "codelists/states.csv",
        "code,en,ro,sr_latn,sr_cyrl,alpha3,kind,footnote\nXK,Other name,,,,XKX,territory,Other words.\n",
    );
    let page = fs::read_to_string(edition(&project).join("index.html")).unwrap();
    assert!(
        page.contains("Other name: Other words.") && !page.contains("Kosovo"),
        "{page}"
    );
}

#[test]
fn a_source_that_ends_before_the_observation_date_is_named() {
    let project = TestProject::with_requests();
    project.export("20250630", GOOD);
    project
        .run(&["run"])
        .exits(0)
        .says(&["the newest export of requests is of 2025-06-30", "as of 2025-12-31"]);
    project.run(&["--as-of", "2025-06-30", "run"]).exits(0);
}

#[test]
fn what_is_misspelt_is_named_with_the_nearest_valid_one() {
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    project.run(&["run"]).exits(0);
    project
        .run(&["report", "anual"])
        .exits(2)
        .says(&["there is no report `anual`", "annual"]);
    project
        .run(&["query", "pending_oldst"])
        .exits(2)
        .says(&["there is no named query `pending_oldst`", "pending_oldest"]);
    project
        .run(&["query", "select counterpat from requests"])
        .exits(2)
        .says(&["counterpat", "counterpart"]);
    project
        .run(&["query", "select 1 from request"])
        .exits(2)
        .says(&["request", "requests"]);
    project.run(&["query", "drop table requests"]).exits(2);
    project.run(&["nomalise"]).exits(2).says(&["normalise"]);
    project
        .run(&["--as-of", "2025-13-01", "measure"])
        .exits(2)
        .says(&["2025-13-01"]);

    project.write(
        "sources/requests.toml",
        crate::command::REQUESTS.replace("delimiter", "delimter"),
    );
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["requests.toml", "delimter", "did you mean `delimiter`?"]);
    project.write(
        "sources/requests.toml",
        crate::command::REQUESTS.replace("\"counterpart\"", "\"counterpat\""),
    );
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["column `State`", "no field `counterpat`", "nearest: counterpart"]);
    project.write(
        "sources/requests.toml",
        crate::command::REQUESTS.replace("RO-MJ", "RO-MT"),
    );
    project
        .run(&["normalise"])
        .exits(2)
        .says(&["`RO-MT` is not an authority", "RO-MJ"]);
}

#[test]
fn every_way_of_writing_an_answer_holds_the_same_rows() {
    let project = TestProject::with_requests();
    project.export("20260115", GOOD);
    project.run(&["normalise"]).exits(0);
    let sql = "select reference, counterpart, days from registrations";
    let table = project.run(&["query", sql]).exits(0).stdout;
    assert!(table.contains("| 1/2025    | DE          | 11   |"), "{table}");
    assert_eq!(
        project.run(&["query", "--format", "csv", sql]).exits(0).stdout,
        "reference,counterpart,days\n1/2025,DE,11\n"
    );
    assert_eq!(
        project.run(&["query", "--format", "json", sql]).exits(0).stdout,
        "{\"reference\":\"1/2025\",\"counterpart\":\"DE\",\"days\":11}\n"
    );
    let path = project.path().join("answer.parquet");
    project
        .run(&["query", "--format", "parquet", "--output", path.to_str().unwrap(), sql])
        .exits(0);
    assert_eq!(&fs::read(path).unwrap()[..4], b"PAR1");
}
