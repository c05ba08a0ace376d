//! Pulls from OpenSSH's SFTP server.

use std::fs;

use tempfile::TempDir;

use crate::memory::Memory;
use crate::servers::forwarder::cuts_once;
use crate::servers::free_port;
use crate::servers::sshd::Sshd;

/// The settings of a server that does everything right.
fn definition(server: &Sshd) -> String {
    format!(
        "kind = \"sftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\npath = \"{}/*.csv\"\nkey = \"{}\"\nknown_hosts = \"{}\"\n\
         [limits]\nattempts = 1\nconnect_timeout = 5\nidle_timeout = 5\n",
        server.port,
        server.user,
        server.file("out").display(),
        server.file("client").display(),
        server.file("known_hosts").display()
    )
}

#[test]
fn finished_files_come_once_and_changed_ones_again() {
    if !Sshd::available() {
        return;
    }
    let server = Sshd::start();
    let large: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    server.puts("b.csv", &large);
    server.puts("a.csv", "a;b\n");
    server.puts("c.csv.part", "x");
    server.puts("d.txt", "x");
    fs::write(server.file("out").join("fresh.csv"), "x").unwrap();
    fs::create_dir(server.file("out").join("folder.csv")).unwrap();
    let project = TempDir::new().unwrap();
    let memory = Memory::default();
    let text = definition(&server);
    let report = memory.pulls(project.path(), &text);
    assert_eq!(report.fetched, ["a.csv", "b.csv"], "{report:?}");
    assert_eq!(memory.last_body(), large);
    assert!(report.waiting[0].1.contains("less than 60 seconds"), "{report:?}");
    let report = memory.pulls(project.path(), &text);
    assert_eq!((report.fetched.len(), report.unchanged.len()), (0, 2));
    server.puts("a.csv", "other");
    assert_eq!(memory.pulls(project.path(), &text).fetched, ["a.csv"]);
    assert_eq!(memory.last_body(), b"other");
    let marked = text.replace("[limits]", "finished = \"marker\"\n[limits]");
    server.puts("e.csv", "e");
    let report = memory.pulls(project.path(), &marked);
    assert!(report.fetched.is_empty(), "{report:?}");
    server.puts("e.csv.done", "");
    assert_eq!(memory.pulls(project.path(), &marked).fetched, ["e.csv"]);
}

#[test]
fn a_connection_that_breaks_off_is_resumed() {
    if !Sshd::available() {
        return;
    }
    let server = Sshd::start();
    let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    server.puts("a.csv", &bytes);
    let port = cuts_once(server.port, 1_500_000);
    server.knows("known_hosts", port, "host");
    let text = definition(&server)
        .replace(&format!("port = {}", server.port), &format!("port = {port}"))
        .replace("attempts = 1", "attempts = 2");
    let memory = Memory::default();
    let report = memory.pulls(TempDir::new().unwrap().path(), &text);
    assert_eq!(report.fetched, ["a.csv"], "{report:?}");
    assert_eq!(memory.last_body(), bytes);
    let port = cuts_once(server.port, 1_500_000);
    server.knows("known_hosts", port, "host");
    let text = definition(&server).replace(&format!("port = {}", server.port), &format!("port = {port}"));
    let report = Memory::default().pulls(TempDir::new().unwrap().path(), &text);
    assert!(report.failed[0].1.contains("broke off"), "{report:?}");
}

#[test]
fn faults_say_what_to_do() {
    if !Sshd::available() {
        return;
    }
    let server = Sshd::start();
    server.puts("a.csv", "a");
    server.knows("other_hosts", server.port, "stranger");
    fs::write(server.file("no_hosts"), "").unwrap();
    let text = definition(&server);
    let port = format!("port = {}", server.port);
    let client = server.file("client").display().to_string();
    let key = |name: &str| {
        text.replace(
            &format!("\"{client}\""),
            &format!("\"{}\"", server.file(name).display()),
        )
    };
    let cases = [
        (key("stranger"), "Permission denied"),
        (key("nowhere"), "Permission denied"),
        (
            text.replace("known_hosts\"", "other_hosts\""),
            "Host key verification failed",
        ),
        (
            text.replace("known_hosts\"", "no_hosts\""),
            "Host key verification failed",
        ),
        (
            text.replace(&port, &format!("port = {}", free_port())),
            "Connection refused",
        ),
        (text.replace("/out/*.csv", "/nowhere/*.csv"), "it is not there"),
        (format!("{text}size_limit = 0\n"), "size_limit"),
    ];
    for (text, expected) in cases {
        let report = Memory::default().pulls(TempDir::new().unwrap().path(), &text);
        assert_eq!(report.fetched.len(), 0, "{expected}");
        assert!(report.failed[0].1.contains(expected), "{expected}: {report:?}");
    }
}
