//! The contribution on chapters 23 and 24: its sentences agree with what is registered, and what does not apply to a State says so.

use std::fs;
use std::path::{Path, PathBuf};

use rogatory::domain::table::{RowKind, Table, Unit};

use crate::command::{REQUESTS, TestProject};
use crate::hand_made::{column, number, publish_with, row, table, text};

const RECEIVED_AND_SENT: &str = "\
5/2024;incoming;Germany;service;10.01.2024;;21.01.2024;executed
1/2025;incoming;Germany;service;10.01.2025;;21.01.2025;executed
2/2025;incoming;France;rogatory;01.02.2025;;;
3/2025;incoming;France;rogatory;01.03.2025;;05.03.2025;refused
4/2025;outgoing;Germany;service;01.04.2025;02.04.2025;;
";

/// A project of Serbia with these requests.
fn serbia(rows: &str) -> TestProject {
    let project = TestProject::with_requests();
    project.write("rogatory.toml", "state = \"RS\"\ntitle = \"Test\"\n");
    project.write("sources/requests.toml", REQUESTS.replace("RO-MJ", "RS-MPR"));
    project.export("20270115", rows);
    project.run(&["normalise"]).exits(0);
    project
}

/// The folder of the contribution as of this date.
fn contribution(project: &TestProject, as_of: &str) -> PathBuf {
    project.run(&["--as-of", as_of, "measure"]).exits(0);
    project.run(&["report", "chapter-23-24"]).exits(0).stdout.trim().into()
}

fn page(project: &TestProject, as_of: &str) -> String {
    fs::read_to_string(contribution(project, as_of).join("index.html")).unwrap()
}

#[track_caller]
fn check(page: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(page.contains(sentence), "{sentence}\nis not in\n{page}");
    }
}

#[test]
fn sentences_agree_with_the_numbers_of_a_whole_year() {
    let project = serbia(RECEIVED_AND_SENT);
    check(
        &page(&project, "2025-12-31"),
        &[
            "In 2025, Serbia received 3 requests for judicial cooperation in criminal matters (1 in 2024), of \
             which 1 had been executed by 31 December 2025 (execution rate 33.3%). Of the others, 1 request had \
             been resolved without execution and 1 request was still pending.",
            "In 2025, Serbia sent 1 request for judicial cooperation in criminal matters (0 in 2024), which was \
             still pending on 31 December 2025.",
            "In 2025, 3 requests were received by Serbia and 2 requests were resolved: the clearance rate was 66.7%.",
            "On 31 December 2025, 1 request was pending, compared with 0 at the beginning of the year. The \
             requests resolved took 7.5 days from receipt to completion on average, with a median of 7.5 days.",
            "the States from which most requests were received were France (2) and Germany (1). In the same \
             period, requests were sent to one stated counterpart: Germany (1).",
            "In 2025, no Eurojust case of Serbia is registered.",
        ],
    );
    check(
        &page(&project, "2026-12-31"),
        &["<p>In 2026, Serbia received no requests for judicial cooperation in criminal matters (3 in 2025).</p>"],
    );
}

#[test]
fn sentences_of_a_first_year_and_of_a_part_of_a_year_compare_with_nothing() {
    let project = serbia(RECEIVED_AND_SENT);
    check(
        &page(&project, "2024-12-31"),
        &[
            "In 2024, Serbia received 1 request for judicial cooperation in criminal matters, which had been \
             executed by 31 December 2024.",
        ],
    );
    check(
        &page(&project, "2025-02-28"),
        &[
            "Between 1 January and 28 February 2025, Serbia received 2 requests for judicial cooperation in \
             criminal matters, of which 1 had been executed by 28 February 2025 (execution rate 50.0%).",
            "Between 1 January and 28 February 2025, no request for judicial cooperation in criminal matters sent \
             by Serbia is registered.",
            "The request resolved took 11.0 days from receipt to completion.",
        ],
    );
    check(
        &page(&project, "2023-12-31"),
        &["In 2023, no request for judicial cooperation in criminal matters received by Serbia is registered."],
    );
}

#[test]
fn all_none_and_a_single_request_are_worded_as_such() {
    let project = serbia(
        "1/2024;incoming;Germany;service;10.01.2024;;21.01.2024;executed
2/2024;incoming;Germany;service;10.01.2024;;21.01.2024;partly executed
3/2024;outgoing;Germany;service;01.04.2024;02.04.2024;;
4/2024;outgoing;Germany;service;01.04.2024;02.04.2024;;
1/2025;incoming;Germany;service;10.01.2025;;21.01.2025;refused
",
    );
    check(
        &page(&project, "2024-12-31"),
        &[
            "In 2024, Serbia received 2 requests for judicial cooperation in criminal matters, all of which had \
             been executed by 31 December 2024 (execution rate 100.0%).</p>",
            "In 2024, Serbia sent 2 requests for judicial cooperation in criminal matters, none of which had been \
             executed by 31 December 2024 (execution rate 0.0%). Of these, no requests had been resolved without \
             execution and 2 requests were still pending.</p>",
        ],
    );
    check(
        &page(&project, "2025-12-31"),
        &[
            "In 2025, Serbia received 1 request for judicial cooperation in criminal matters (2 in 2024), which \
             had been resolved without execution by 31 December 2025.</p>",
        ],
    );
}

/// A table of counts: keys and numbers of its rows.
fn counts(name: &str, dimensions: &[&str], columns: &[&str], rows: &[(&[&str], &[f64])]) -> Table {
    let columns = columns.iter().map(|name| column(name, Unit::Count, 0)).collect();
    let rows = rows.iter().map(|(keys, numbers)| {
        let cells = numbers.iter().copied().map(number).collect();
        row(RowKind::Body, keys, keys, cells)
    });
    table(name, dimensions, columns, rows.collect())
}

/// The paragraphs of the sections on Eurojust, the EJN and activities, in 2025, with these numbers.
fn casework(eurojust: &[(&[&str], &[f64])], ejn: &[(&[&str], &[f64])], activities: &[(&[&str], &[f64])]) -> String {
    let figures = ["new", "participation_new", "coordination_meetings", "jits"];
    let tables = [
        counts("eurojust", &["authority", "period"], &figures, eurojust),
        counts("ejn", &["direction"], &["2025"], ejn),
        counts("activities", &["kind"], &["2025"], activities),
    ];
    let sections = ["eurojust", "ejn", "activities"];
    let sections = sections.map(|name| format!("[[section]]\nname = \"{name}\"\ntitle.en = \"{name}\"\n"));
    let definition = format!("title.en = \"t\"\n{}", sections.concat());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let narrative = fs::read_to_string(repository.join("reports/chapter-23-24.en.j2")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let edition = publish_with(&definition, &narrative, &tables, folder.path()).unwrap();
    text(&edition, "index.html")
}

#[test]
fn sentences_on_casework_agree_with_their_numbers() {
    check(
        &casework(
            &[(&["desk", "2025"], &[1.0, 0.0, 1.0, 2.0])],
            &[(&["incoming"], &[1.0]), (&["outgoing"], &[0.0])],
            &[(&["memorandum"], &[1.0]), (&["training"], &[2.0])],
        ),
        &[
            "In 2025, Romania opened 1 new case at Eurojust and took part in no new cases opened by other desks. \
             There was 1 coordination meeting, and 2 joint investigation teams were supported.",
            "In 2025, the contact points of the European Judicial Network in Romania received 1 request and sent \
             no requests.",
            "In 2025, 1 memorandum of understanding was signed and 2 trainings and seminars were held.",
        ],
    );
    check(
        &casework(
            &[
                (&["desk", "2024"], &[3.0, 4.0, 0.0, 0.0]),
                (&["desk", "2025"], &[2.0, 1.0, 0.0, 1.0]),
            ],
            &[(&["outgoing"], &[1234.0])],
            &[(&["conference"], &[3.0])],
        ),
        &[
            "In 2025, Romania opened 2 new cases at Eurojust (3 in 2024) and took part in 1 new case opened by \
             other desks (4 in 2024). There were no coordination meetings, and 1 joint investigation team was \
             supported.",
            "In 2025, the contact points of the European Judicial Network in Romania sent 1,234 requests.",
            "In 2025, no memorandum, visit, training or programme is registered.",
        ],
    );
}

const WITH_ORDERS: &str = "\
1/2024;incoming;Germany;service;10.01.2024;;21.01.2024;executed
1/2025;incoming;France;eio;10.03.2025;;;
2/2025;outgoing;France;eaw;10.09.2025;12.09.2025;;
";

/// The lines of the EAW, the EIO and the regulation on freezing in the two tables of instruments: this year's, and all years'.
fn instruments(project: &TestProject) -> [Vec<String>; 2] {
    let edition = contribution(project, "2025-12-31");
    ["mutual_recognition_latest", "mutual_recognition"].map(|table| {
        let text = fs::read_to_string(edition.join(format!("tables/{table}.csv"))).unwrap();
        let figures = |line: &str| {
            let code = line.split(',').next().unwrap();
            let (_, figures) = line.split_once(",body,").unwrap();
            format!("{code} {figures}")
        };
        text.lines().skip(1).take(3).map(figures).collect()
    })
}

fn is_in_the_union(project: &TestProject, from: &str, to: &str) {
    let header = "code,en,ro,sr_latn,sr_cyrl,alpha3,kind,eu_from,eu_to,footnote,source,verified";
    project.write(
        "codelists/states.csv",
        format!("{header}\nRS,Serbia,,,,SRB,state,{from},{to},,a treaty of the future,no\n"),
    );
}

#[test]
fn before_accession_instruments_of_the_union_do_not_apply_and_registrations_of_them_are_flagged() {
    let project = serbia(WITH_ORDERS);
    let [latest, years] = instruments(&project);
    assert_eq!(
        latest,
        [
            "EAW 1,V,,not_applicable,1,V,1,",
            "EIO 1,V,1,V,,not_applicable,1,",
            "FRZ-CONF ,not_applicable,,not_applicable,,not_applicable,0,",
        ]
    );
    assert_eq!(
        years,
        [
            "EAW ,not_applicable,1,V",
            "EIO ,not_applicable,1,V",
            "FRZ-CONF ,not_applicable,,not_applicable",
        ]
    );
    check(
        &page(&project, "2025-12-31"),
        &[
            "The following did not apply to Serbia in 2025 and are marked not applicable (n&#x2f;a), which is not \
             the same as 0:",
            "To be checked: requests are registered under an instrument on days on which it did not apply to \
             Serbia: Framework Decision on the European arrest warrant (1) and Directive on the European \
             Investigation Order (1).",
            "Not validated (status V), to be checked: Framework Decision on the European arrest warrant, 2025; \
             Directive on the European Investigation Order, 2025.",
        ],
    );
}

#[test]
fn an_instrument_counts_from_the_year_of_accession_on() {
    let project = serbia(WITH_ORDERS);
    is_in_the_union(&project, "2025-07-01", "");
    let [latest, years] = instruments(&project);
    // The order of March came before the day of accession.
    assert_eq!(latest, ["EAW 1,,0,,1,,0,", "EIO 1,V,1,V,0,,1,", "FRZ-CONF 0,,0,,0,,0,"]);
    assert_eq!(
        years,
        [
            "EAW ,not_applicable,1,",
            "EIO ,not_applicable,1,V",
            "FRZ-CONF ,not_applicable,0,",
        ]
    );
    is_in_the_union(&project, "2025-01-01", "");
    let [latest, _] = instruments(&project);
    assert_eq!(latest, ["EAW 1,,0,,1,,0,", "EIO 1,,1,,0,,0,", "FRZ-CONF 0,,0,,0,,0,"]);
    let page = page(&project, "2025-12-31");
    assert!(
        !page.contains("To be checked") && !page.contains("Not validated"),
        "{page}"
    );
    check(
        &page,
        &[
            "In 2025, requests were registered under: Framework Decision on the European arrest warrant (1) and \
             Directive on the European Investigation Order (1).",
        ],
    );
}

#[test]
fn a_member_that_an_instrument_does_not_bind_has_no_figure_of_it() {
    let project = serbia(WITH_ORDERS);
    project.write("rogatory.toml", "state = \"DK\"\ntitle = \"Test\"\n");
    let [latest, _] = instruments(&project);
    assert_eq!(
        latest,
        [
            "EAW 1,,0,,1,,0,",
            "EIO 1,V,1,V,,not_applicable,1,",
            "FRZ-CONF ,not_applicable,,not_applicable,,not_applicable,0,",
        ]
    );
}

#[test]
fn an_instrument_that_came_after_the_state_had_left_never_applied() {
    let project = serbia("1/2020;incoming;Germany;service;10.01.2020;;21.01.2020;executed\n");
    is_in_the_union(&project, "2010-01-01", "2020-01-31");
    let [_, years] = instruments(&project);
    let never = |line: &str| line.matches("not_applicable").count();
    assert!(years[0].starts_with("EAW 0,"), "{}", years[0]);
    assert_eq!([never(&years[0]), never(&years[2])], [5, 6]);
}
