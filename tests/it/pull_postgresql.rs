//! Pulls from PostgreSQL 15.

use std::fs;

use tempfile::TempDir;

use crate::memory::{Memory, SECRET};
use crate::servers::certificates::{Authority, Validity};
use crate::servers::free_port;
use crate::servers::postgresql::Postgresql;

/// The `[pull]` of a query.
fn definition(port: u16, query: &str) -> String {
    format!(
        "kind = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"postgres\"\nuser = \"reader\"\n\
         password = {{ file = \"password\" }}\nca = \"ours.pem\"\nname = \"requests_{{to}}.csv\"\nquery = '''{query}'''\n\
         statement_timeout = 1\n[limits]\nattempts = 1\nconnect_timeout = 5\nidle_timeout = 2\n"
    )
}

/// A folder with the secret and two authorities.
fn project() -> (TempDir, Authority, Authority) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("password"), format!("{SECRET}\n")).unwrap();
    fs::write(folder.path().join("wrong"), "guess").unwrap();
    let (ours, other) = (
        Authority::new(folder.path(), "ours"),
        Authority::new(folder.path(), "other"),
    );
    (folder, ours, other)
}

#[test]
fn a_query_is_an_export_with_its_text_and_the_servers_time() {
    if !Postgresql::available() {
        return;
    }
    let (project, ours, other) = project();
    let server = Postgresql::start(SECRET, &ours.certify("127.0.0.1", Validity::Now));
    let create = "create table cases (reference text, received date, note text);
                  insert into cases values ('1/2025', '2025-03-01', E'two\\nlines; \"quoted\"'), ('2/2025', '2025-12-31', null), ('3/2024', '2024-12-31', 'ș')";
    server.run(SECRET, create);
    let query = "select reference, received, note from cases
                 where received between date '{from}' and date '{to}' order by reference -- the year's";
    let memory = Memory::default();
    let report = memory.pulls(project.path(), &definition(server.port, query));
    assert_eq!(report.fetched, ["requests_2025-12-31.csv"], "{report:?}");
    let expected = "reference,received,note\n1/2025,2025-03-01,\"two\nlines; \"\"quoted\"\"\"\n2/2025,2025-12-31,\n";
    assert_eq!(String::from_utf8(memory.last_body()).unwrap(), expected);
    let notes = memory.exports.borrow()[0].notes.clone();
    assert_eq!(memory.exports.borrow()[0].name, report.fetched[0]);
    assert!(
        notes["query"].contains("between date '2025-01-01' and date '2025-12-31'"),
        "{notes:?}"
    );
    assert!(
        notes["server_time"].starts_with("20") && notes["server_time"].ends_with('Z'),
        "{notes:?}"
    );
    assert!(notes["server_version"].starts_with("15"), "{notes:?}");
    refusals(&server, &project);
    certificates(&server, &project, &ours, &other);
}

fn refusals(server: &Postgresql, project: &TempDir) {
    let ask = |text: &str| {
        let report = Memory::default().pulls(project.path(), text);
        assert_eq!((report.fetched.len(), report.failed.len()), (0, 1), "{report:?}");
        report.failed[0].1.clone()
    };
    let query = |text: &str| definition(server.port, text);
    let cases = [
        (
            query("select 1").replace("\"password\"", "\"wrong\""),
            "check `user` and the secret",
        ),
        (
            query("select 1").replace("\"postgres\"\nuser", "\"nowhere\"\nuser"),
            "check `database`",
        ),
        (query("select pg_sleep(30)"), "raise `statement_timeout`"),
        (query("select nowhere from cases"), "42703"),
        (query("delete from cases returning 1"), "changes nothing"),
        (
            query("with gone as (delete from cases returning *) select * from gone"),
            "changes nothing",
        ),
        (query("select 1) to stdout; drop table cases; --"), "42601"),
        (query("select 1; drop table cases"), "42601"),
        (query("select note::integer from cases"), "22P02"),
        (format!("{}size_limit = 3\n", query("select 'long text'")), "size_limit"),
        (definition(free_port(), "select 1"), "refused"),
    ];
    for (text, expected) in cases {
        let message = ask(&text);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("quoted"), "no data in messages: {message}");
    }
    let report = Memory::default().pulls(project.path(), &query("select count(*) from cases"));
    assert_eq!(report.fetched.len(), 1, "the table is as it was: {report:?}");
}

fn certificates(server: &Postgresql, project: &TempDir, ours: &Authority, other: &Authority) {
    let text = definition(server.port, "select 1");
    let outcome = |text: &str| {
        let report = Memory::default().pulls(project.path(), text);
        report.failed.first().map(|(_, problem)| problem.clone())
    };
    assert_eq!(outcome(&text), None);
    assert_eq!(outcome(&text.replace("ca = \"ours.pem\"", "tls = \"off\"")), None);
    assert!(
        outcome(&text.replace("ours.pem", "other.pem"))
            .unwrap()
            .contains("certificate")
    );
    for certificate in [
        ours.certify("127.0.0.1", Validity::Past),
        ours.certify("db.example.org", Validity::Now),
        other.certify("127.0.0.1", Validity::Now),
    ] {
        server.shows(SECRET, &certificate);
        let problem = outcome(&text).unwrap();
        assert!(problem.contains("certificate"), "{problem}");
    }
}
