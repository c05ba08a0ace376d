//! A project folder of its own for each test, and the program run on it as a user would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A project in a temporary folder.
pub struct TestProject {
    folder: TempDir,
}

/// What a command gave back.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    /// Fails, showing both streams, unless the exit code is `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error holds every one of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "expected `{text}` in:\n{}", self.stderr);
        }
        self
    }
}

/// A definition of a CSV of requests with the usual columns; `{format}` stands for further lines of `[format]`.
pub const REQUESTS: &str = r#"
authority = "RO-MJ"
dataset = "requests"
files = "requests_*.csv"
exported_on = { file_name = "_{yyyy}{mm}{dd}" }
quarantine_limit = 1.0

[format]
type = "csv"
delimiter = ";"

[columns]
"File" = { field = "reference" }
"Direction" = { field = "direction" }
"State" = { field = "counterpart" }
"Form" = { field = "form" }
"Received" = { field = "received_on", dates = ["dd.mm.yyyy"] }
"Sent" = { field = "transmitted_on", dates = ["dd.mm.yyyy"] }
"Closed" = { field = "completed_on", dates = ["dd.mm.yyyy"] }
"Outcome" = { field = "outcome" }
"#;

/// The header of [`REQUESTS`].
pub const HEADER: &str = "File;Direction;State;Form;Received;Sent;Closed;Outcome\n";

/// A row without any fault.
pub const GOOD: &str = "1/2025;incoming;Germany;service;10.01.2025;;21.01.2025;executed\n";

impl TestProject {
    /// A project without sources.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for inner in ["sources", "exports"] {
            fs::create_dir(folder.path().join(inner)).unwrap();
        }
        let project = TestProject { folder };
        project.write(
            "rogatory.toml",
            "state = \"RO\"\ntitle = \"Test\"\nas_of = 2025-12-31\n",
        );
        project
    }

    /// A project with one source `requests`.
    pub fn with_requests() -> Self {
        let project = Self::new();
        project.write("sources/requests.toml", REQUESTS);
        project
    }

    /// A copy of a demonstration project.
    pub fn copy_of_sample(name: &str) -> Self {
        let project = Self::new();
        copy_files(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples").join(name),
            project.path(),
        );
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes `exports/requests_<date>.csv`: the header and these rows.
    pub fn export(&self, date: &str, rows: &str) {
        self.write(&format!("exports/requests_{date}.csv"), format!("{HEADER}{rows}"));
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        let output = Command::new(env!("CARGO_BIN_EXE_rogatory"))
            .arg("--project")
            .arg(self.folder.path())
            .args(arguments)
            .output()
            .unwrap();
        Answer {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The answer to a query, as CSV lines without the header.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Vec<String> {
        let answer = self.run(&["query", "--format", "csv", sql]).exits(0);
        answer.stdout.lines().skip(1).map(str::to_owned).collect()
    }

    /// Every row of a table of the lake, as JSON, in the order of its first four columns.
    #[track_caller]
    pub fn rows(&self, table: &str) -> Vec<String> {
        let sql = format!("select * from {table} order by 1, 2, 3, 4");
        let answer = self.run(&["query", "--format", "json", &sql]).exits(0);
        answer.stdout.lines().map(str::to_owned).collect()
    }

    /// `row:reason` of every fault in quarantine, in order.
    #[track_caller]
    pub fn faults(&self) -> Vec<String> {
        let rows = self.query("select export_row, reason from quarantine order by export_row, reason");
        rows.iter().map(|row| row.replace(',', ":")).collect()
    }

    /// Rows read, accepted, quarantined and superseded, in all exports together.
    #[track_caller]
    pub fn account(&self) -> String {
        self.query("select sum(rows_read), sum(accepted), sum(quarantined), sum(superseded) from exports")
            .join("")
    }

    /// The bytes of `lake/current.json`.
    pub fn lake_state(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("lake/current.json")).unwrap()
    }
}

/// Copies the inputs of a project: its files, and the folders that are not made by the program.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_file() {
            fs::copy(&path, &target).unwrap();
        } else if !["lake", "marts", "editions"].iter().any(|made| path.ends_with(made)) {
            fs::create_dir_all(&target).unwrap();
            copy_files(&path, &target);
        }
    }
}
