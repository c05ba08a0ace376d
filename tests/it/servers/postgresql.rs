//! PostgreSQL 15 (Debian: postgresql-15).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Process, available, free_port};

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// A server with TLS, and the user `reader`.
pub struct Postgresql {
    pub port: u16,
    folder: TempDir,
    _process: Process,
}

impl Postgresql {
    pub fn available() -> bool {
        available(&format!("{PROGRAMS}/postgres"), "postgresql-15")
    }

    /// Starts one whose user `reader` has this password; the certificate and its key are PEM.
    pub fn start(password: &str, certificate: &(String, String)) -> Postgresql {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        fs::write(folder.path().join("password"), password).unwrap();
        give(folder.path());
        let made = as_postgres("initdb")
            .args([
                "-N",
                "-U",
                "reader",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ])
            .arg(format!("--pwfile={}", folder.path().join("password").display()))
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let port = free_port();
        let mut command = as_postgres("postgres");
        command.arg("-D").arg(&data).args(["-p", &port.to_string(), "-F"]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "ssl=on",
            "ssl_cert_file=server.pem",
            "ssl_key_file=server.key",
            "max_connections=10",
        ] {
            command.args(["-c", setting]);
        }
        write_certificate(&data, certificate);
        let server = Postgresql {
            port,
            _process: Process::start(&mut command, port),
            folder,
        };
        server.wait(password);
        server
    }

    /// Runs SQL as the owner.
    pub fn run(&self, password: &str, sql: &str) {
        let status = self.psql(password).args(["-c", sql]).status();
        assert!(status.unwrap().success(), "{sql}");
    }

    /// Shows another certificate from now on.
    pub fn shows(&self, password: &str, certificate: &(String, String)) {
        write_certificate(&self.folder.path().join("data"), certificate);
        self.run(password, "select pg_reload_conf()");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }

    /// The port is open before the server takes questions.
    fn wait(&self, password: &str) {
        for _ in 0..200 {
            if self.psql(password).args(["-c", "select 1"]).status().unwrap().success() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("PostgreSQL does not answer");
    }

    fn psql(&self, password: &str) -> Command {
        let mut command = Command::new(format!("{PROGRAMS}/psql"));
        let port = self.port.to_string();
        command.args([
            "-q",
            "-X",
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "reader",
            "-d",
            "postgres",
        ]);
        command.env("PGPASSWORD", password).env("PGSSLMODE", "require");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// The server refuses to be run by root.
fn as_postgres(program: &str) -> Command {
    let program = format!("{PROGRAMS}/{program}");
    if !super::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--", &program]);
    command
}

fn give(path: &Path) {
    if super::is_root() {
        let given = Command::new("chown")
            .args(["-R", "postgres:postgres"])
            .arg(path)
            .status();
        assert!(given.unwrap().success());
    }
}

fn write_certificate(data: &Path, (certificate, key): &(String, String)) {
    fs::write(data.join("server.pem"), certificate).unwrap();
    fs::write(data.join("server.key"), key).unwrap();
    fs::set_permissions(data.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    give(&data.join("server.pem"));
    give(&data.join("server.key"));
}
