//! Exports that are pulled: the vault, the ledger, what the lake makes of them, and the way back from damage.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::command::{GOOD, HEADER, REQUESTS, TestProject};
use crate::servers::raw::{RawServer, says};

const SECOND: &str = "2/2025;incoming;France;service;01.02.2025;;;\n";

/// A project whose one source is pulled from an agency's folder.
struct Agency {
    project: TestProject,
    folder: TempDir,
}

impl Agency {
    fn new() -> Agency {
        let (project, folder) = (TestProject::new(), TempDir::new().unwrap());
        fs::remove_dir(project.path().join("exports")).unwrap();
        let agency = Agency { project, folder };
        agency.define("");
        agency
    }

    /// Writes the definition, with `more` lines at its beginning.
    fn define(&self, more: &str) {
        let pull = format!(
            "[pull]\nkind = \"files\"\npath = \"{}/requests_*.csv\"\nstable_for = 0\n\n[format]",
            self.folder.path().display()
        );
        let definition = REQUESTS
            .replace("files = \"requests_*.csv\"\n", more)
            .replace("[format]", &pull);
        self.project.write("sources/requests.toml", definition);
    }

    fn puts(&self, date: &str, rows: &str) -> PathBuf {
        let path = self.folder.path().join(format!("requests_{date}.csv"));
        fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        path
    }

    fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in fs::read_dir(self.project.path().join("vault/objects")).unwrap() {
            let files = fs::read_dir(folder.unwrap().path()).unwrap();
            found.extend(files.map(|file| file.unwrap().path()));
        }
        found.sort();
        found
    }

    /// The ledger's answer to a query, one text for each row.
    fn ledger(&self, sql: &str) -> Vec<String> {
        let ledger = rusqlite::Connection::open(self.project.path().join("vault/ledger.sqlite")).unwrap();
        let mut statement = ledger.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

#[test]
fn what_an_agency_puts_is_kept_and_counted_though_it_takes_it_away() {
    let agency = Agency::new();
    let project = &agency.project;
    let first = agency.puts("20260115", &format!("{GOOD}{SECOND}"));
    project.run(&["pull"]).exits(0).says(&["requests: 1 new, 0 unchanged"]);
    project.run(&["pull"]).exits(0).says(&["requests: 0 new, 1 unchanged"]);
    fs::remove_file(first).unwrap();
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.account(), "2,2,0,0");
    agency.puts("20260116", GOOD);
    project.run(&["run"]).exits(0);
    assert_eq!(project.account(), "3,1,0,2");
    let again = project.run(&["run"]).exits(0);
    again.says(&["1 unchanged", "requests  unchanged"]);
    assert_eq!(agency.objects().len(), 2);
    assert_eq!(
        agency.ledger("select name from arrivals order by id"),
        ["requests_20260115.csv", "requests_20260116.csv"]
    );
    let ends = agency.ledger("select command || ' ' || end from runs order by id");
    assert_eq!(
        ends,
        ["pull done", "pull done", "normalise done", "run done", "run done"]
    );
    let stages = agency.ledger("select stage from stages where run = 4 order by id");
    assert_eq!(stages, ["pull", "normalise", "measure", "report"]);
    let edition = agency.ledger("select report || number from editions where run = 4");
    assert_eq!(edition, ["annual1"]);
}

#[test]
fn a_file_sent_again_with_other_content_counts_in_place_of_the_first() {
    let agency = Agency::new();
    let project = &agency.project;
    agency.puts("20260115", &format!("{GOOD}{SECOND}"));
    project.run(&["pull"]).exits(0);
    project.run(&["normalise"]).exits(0);
    let corrected = SECOND.replace("France", "Italy");
    agency.puts("20260115", &format!("{GOOD}{corrected}"));
    project.run(&["pull"]).exits(0).says(&["1 new"]);
    project.run(&["normalise"]).exits(0);
    let counterparts = "select counterpart from requests order by reference";
    assert_eq!(project.query(counterparts), ["DE", "IT"]);
    assert_eq!(project.account(), "4,2,0,2");
    // What was first comes again: it is the last word of the agency.
    agency.puts("20260115", &format!("{GOOD}{SECOND}"));
    project.run(&["pull"]).exits(0).says(&["1 new"]);
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.query(counterparts), ["DE", "FR"]);
}

#[test]
fn an_export_may_be_dated_by_its_arrival() {
    let agency = Agency::new();
    let project = &agency.project;
    agency.define("");
    let path = project.path().join("sources/requests.toml");
    let definition = fs::read_to_string(&path).unwrap();
    let by_name = "exported_on = { file_name = \"_{yyyy}{mm}{dd}\" }";
    fs::write(&path, definition.replace(by_name, "exported_on = { arrival = true }")).unwrap();
    agency.puts("any", GOOD);
    project.run(&["pull"]).exits(0);
    project.run(&["normalise"]).exits(0);
    let day = agency.ledger("select substr(arrived_at, 1, 10) from arrivals");
    assert_eq!(project.query("select exported_on from exports"), day);

    let own = TestProject::with_requests();
    own.write(
        "sources/requests.toml",
        REQUESTS.replace(by_name, "exported_on = { arrival = true }"),
    );
    own.run(&["normalise"]).exits(2).says(&["needs [pull]"]);
}

#[test]
fn one_place_of_exports_is_named_and_no_more() {
    let agency = Agency::new();
    agency.define("files = \"requests_*.csv\"\n");
    let both = agency.project.run(&["pull"]).exits(2);
    both.says(&["exactly one of `files`", "[pull]"]);
    agency.define("");
    let path = agency.project.path().join("sources/requests.toml");
    let definition = fs::read_to_string(&path).unwrap();
    fs::write(&path, definition.replace("stable_for", "stable_fro")).unwrap();
    agency
        .project
        .run(&["pull"])
        .exits(2)
        .says(&["did you mean `stable_for`?"]);
    let none = TestProject::with_requests();
    none.run(&["pull"]).exits(2).says(&["no source is pulled"]);
    agency.define("");
    agency.puts("20260115", GOOD);
    let misspelt = agency.project.run(&["pull", "request"]).exits(2);
    misspelt.says(&["did you mean requests?"]);
}

#[test]
fn the_lake_made_anew_from_the_vault_is_the_same() {
    let agency = Agency::new();
    let project = &agency.project;
    agency.puts("20260115", &format!("{GOOD}{SECOND}"));
    let gone = agency.puts(
        "20260116",
        &format!("{GOOD}3/2025;incoming;Ruritania;service;01.02.2025;;;\n"),
    );
    project.run(&["run"]).exits(0);
    fs::remove_file(gone).unwrap();
    let content = || ["requests", "events", "quarantine", "exports"].map(|table| project.rows(table));
    let before = content();
    project.run(&["rebuild"]).exits(0).says(&["made anew", "lake.old"]);
    assert_eq!(content(), before);
    fs::remove_dir_all(project.path().join("lake")).unwrap();
    project.run(&["rebuild"]).exits(0);
    assert_eq!(content(), before);
    assert!(!project.path().join(".lake.new").exists());
}

#[test]
fn a_damaged_export_is_named_leaves_the_lake_and_is_healed_by_fetching_it_again() {
    let agency = Agency::new();
    let project = &agency.project;
    agency.puts("20260115", &format!("{GOOD}{SECOND}"));
    project.run(&["run"]).exits(0);
    assert_eq!(
        project.run(&["check", "--vault"]).exits(0).stdout,
        "1 exports of the vault are sound\n"
    );
    let object = agency.objects().remove(0);
    let mut bytes = fs::read(&object).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&object, bytes).unwrap();
    let check = project.run(&["check", "--vault"]).exits(1);
    assert!(
        check.stdout.contains("requests: requests_20260115.csv"),
        "{}",
        check.stdout
    );
    let state = project.lake_state();
    agency.define("drop = [\"Remarks\"]\n");
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["refused: requests", "pull --again"]);
    assert_eq!(project.lake_state(), state);
    project.run(&["pull", "--again"]).exits(0);
    project.run(&["check", "--vault"]).exits(0);
    project.run(&["normalise"]).exits(0);
}

#[test]
fn one_writer_at_a_time() {
    let agency = Agency::new();
    let project = &agency.project;
    agency.puts("20260115", GOOD);
    project.run(&["run"]).exits(0);
    let lock = fs::File::open(project.path().join("vault/.lock")).unwrap();
    lock.lock().unwrap();
    for command in ["run", "pull", "normalise", "rebuild"] {
        project.run(&[command]).exits(3).says(&["another rogatory process"]);
    }
    assert_eq!(project.query("select count(*) from requests"), ["1"]);
    project.run(&["status"]).exits(0);
    lock.unlock().unwrap();
    project.run(&["run"]).exits(0);
}

#[test]
fn the_status_tells_rows_rates_drops_and_failures() {
    let agency = Agency::new();
    let project = &agency.project;
    project.run(&["status"]).exits(2).says(&["nothing has been run"]);
    agency.puts(
        "20260115",
        &format!("{GOOD}{SECOND}3/2025;incoming;Ruritania;service;01.02.2025;;;\n"),
    );
    project.run(&["run"]).exits(0);
    let status = project.run(&["status", "--json"]).exits(0);
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    let source = &status["sources"][0];
    assert_eq!(source["rows"], 3);
    assert_eq!(source["quarantine_rate"], 1.0 / 3.0);
    assert_eq!(source["trend"], serde_json::Value::Null);
    agency.puts("20260116", GOOD);
    project.run(&["run"]).exits(0);
    let dropped = project.run(&["status"]).exits(1);
    assert!(dropped.stdout.contains("-66.7 %"), "{}", dropped.stdout);
    assert!(dropped.stdout.contains("rows dropped by 67 %"), "{}", dropped.stdout);
    let run = project.run(&["status", "2"]).exits(0);
    assert!(
        run.stdout.contains("run 2: run, began") && run.stdout.contains("normalise"),
        "{}",
        run.stdout
    );
    let run = project.run(&["status", "2", "--json"]).exits(0);
    let run: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run["stages"][1]["superseded"], 3);
    project
        .run(&["status", "77"])
        .exits(2)
        .says(&["no run 77", "from 1 to 2"]);
    fs::remove_dir_all(agency.folder.path()).unwrap();
    let failed = project.run(&["run"]).exits(1);
    failed.says(&["fault: requests"]);
    assert_eq!(project.query("select count(*) from requests"), ["1"]);
    let status = project.run(&["status"]).exits(1);
    assert!(status.stdout.contains("fault: requests: pull:"), "{}", status.stdout);
}

#[test]
fn pages_of_json_are_one_export() {
    let page = |rows: &str, next: &str| {
        let body = format!("{{\"data\": [{rows}], \"next\": {next}}}");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close", body.len());
        says(format!("{head}\r\n\r\n{body}"))
    };
    let row = |number: u32| format!("{{\"file\": \"{number}/2025\", \"from\": \"Germany\", \"in\": \"10.01.2025\"}}");
    let first = format!("{},{}", row(1), row(2));
    let server = RawServer::start(vec![page(&first, "\"/list?page=2\""), page(&row(3), "null")]);
    let project = TestProject::new();
    project.write("token", "s3cr3t");
    project.write(
        "sources/requests.toml",
        format!(
            r#"
authority = "RO-MJ"
dataset = "requests"
exported_on = {{ arrival = true }}
[pull]
kind = "http"
url = "{}"
name = "requests.json"
next = "/next"
login = {{ bearer = {{ file = "token" }} }}
[format]
type = "json"
records = "/*/data"
[constants]
direction = "incoming"
form = "service"
[columns]
"file" = {{ field = "reference" }}
"from" = {{ field = "counterpart" }}
"in" = {{ field = "received_on", dates = ["dd.mm.yyyy"] }}
"#,
            server.url("/list")
        ),
    );
    let run = project.run(&["run"]).exits(0);
    assert!(!run.stderr.contains("s3cr3t"));
    assert_eq!(
        project.query("select reference, export_row from requests order by reference"),
        ["1/2025,1", "2/2025,2", "3/2025,3"]
    );
    // The secret is in no file that the program wrote.
    let found = std::process::Command::new("grep")
        .args(["-rl", "s3cr3t", "--exclude=token"])
        .arg(project.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap(), "");
}
