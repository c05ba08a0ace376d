//! Real servers on loopback, for the tests of pulls. Each ends when its value is dropped.

pub mod certificates;
pub mod forwarder;
pub mod nginx;
pub mod postgresql;
pub mod raw;
pub mod sshd;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A port on loopback that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server's process.
pub struct Process(Child);

impl Process {
    /// Starts it, and waits until it takes connections on the port.
    pub fn start(command: &mut Command, port: u16) -> Process {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Process(child);
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return process;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("{command:?} did not begin to listen on port {port}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a program of a Debian package is there; where it must be, its absence is a failure.
pub fn available(program: &str, package: &str) -> bool {
    if Path::new(program).exists() {
        return true;
    }
    let required = std::env::var("CI").as_deref() == Ok("true");
    assert!(!required, "`{program}` is missing (Debian: {package})");
    eprintln!("skipped: `{program}` is missing (Debian: {package})");
    false
}

/// Whether the tests are run by root, whom some servers refuse.
pub fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}
