//! Texts as agencies' systems write them: encodings, delimiters, quotes, line ends, titles, several values in a cell.

use encoding_rs::{Encoding, ISO_8859_16, WINDOWS_1250, WINDOWS_1251};

use crate::command::{HEADER, REQUESTS, TestProject};

/// A project whose source `requests` has this `[format]`.
fn project(format: &str) -> TestProject {
    let project = TestProject::new();
    project.write(
        "sources/requests.toml",
        REQUESTS.replace("type = \"csv\"\ndelimiter = \";\"", format),
    );
    project
}

const ROW: &str = "Ș-1/2025;incoming;Moldova;service;10.01.2025;;21.01.2025;executed\n";

#[track_caller]
fn check(format: &str, content: &[u8], expected: &[&str]) {
    let project = project(format);
    project.write("exports/requests_20260115.csv", content);
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select reference, counterpart, export_row from requests order by export_row"),
        expected,
        "{format}"
    );
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding.encode(text);
    assert!(!unmappable);
    bytes.into_owned()
}

#[test]
fn encodings_with_and_without_a_mark() {
    let text = format!("{HEADER}{ROW}");
    let expected = ["Ș-1/2025,MD,2"];
    let csv = "type = \"csv\"\ndelimiter = \";\"\n";
    check(csv, text.as_bytes(), &expected);
    check(csv, &[b"\xEF\xBB\xBF", text.as_bytes()].concat(), &expected);
    check(
        &format!("{csv}encoding = \"iso-8859-16\""),
        &encoded(&text, ISO_8859_16),
        &expected,
    );
    let cedilla = text.replace('Ș', "Ş");
    check(
        &format!("{csv}encoding = \"windows-1250\""),
        &encoded(&cedilla, WINDOWS_1250),
        &["Ş-1/2025,MD,2"],
    );
    let cyrillic = text.replace("Ș", "Ж").replace("Moldova", "Молдавија");
    check(
        &format!("{csv}encoding = \"windows-1251\""),
        &encoded(&cyrillic, WINDOWS_1251),
        &["Ж-1/2025,MD,2"],
    );
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&format!("{csv}encoding = \"utf-16le\""), &little, &expected);
    check(
        &format!("{csv}encoding = \"utf-16\""),
        &[b"\xFE\xFF".as_slice(), &big].concat(),
        &expected,
    );
}

#[test]
fn delimiters_quotes_and_line_ends() {
    let text = format!("{HEADER}{ROW}{}", ROW.replace("-1", "-2"));
    let expected = ["Ș-1/2025,MD,2", "Ș-2/2025,MD,3"];
    check(
        "type = \"csv\"\ndelimiter = \"\\t\"",
        text.replace(';', "\t").as_bytes(),
        &expected,
    );
    check(
        "type = \"csv\"\ndelimiter = \"|\"",
        text.replace(';', "|").replace('\n', "\r\n").as_bytes(),
        &expected,
    );
    check(
        "type = \"csv\"\ndelimiter = \";\"",
        text.replace('\n', "\r").as_bytes(),
        &expected,
    );
    check(
        "type = \"csv\"\ndelimiter = \";\"",
        text.trim_end().as_bytes(),
        &expected,
    );
    check(
        "type = \"csv\"\ndelimiter = \";\"\ntitle_rows = 2",
        format!("A \"title\nwith a stray quote\n{text}").as_bytes(),
        &["Ș-1/2025,MD,4", "Ș-2/2025,MD,5"],
    );
    check(
        "type = \"csv\"\ndelimiter = \";\"",
        text.replace("\nȘ-2", "\n\n;;;;;;;\nȘ-2").as_bytes(),
        &["Ș-1/2025,MD,2", "Ș-2/2025,MD,5"],
    );
}

#[test]
fn quoted_cells_hold_delimiters_line_breaks_and_quotes() {
    let row = |reference: &str| ROW.replace("Ș-1/2025", reference);
    let text = format!("{HEADER}{}{}{}", row("\"a;\n\"\"b\"\"\""), row("'c'"), row("5\" d"));
    check(
        "type = \"csv\"\ndelimiter = \";\"",
        text.as_bytes(),
        &["\"a;", "\"\"b\"\"\",MD,2", "'c',MD,4", "\"5\"\" d\",MD,5"],
    );
    let text = format!("{HEADER}{}{}", row("'a\\'; b'"), row("\"c"));
    check(
        "type = \"csv\"\ndelimiter = \";\"\nquote = \"'\"\nescape = \"\\\\\"",
        text.as_bytes(),
        &["a'; b,MD,2", "\"\"\"c\",MD,3"],
    );
    let text = format!("{HEADER}{}{}", row("\"a"), row("b\""));
    check(
        "type = \"csv\"\ndelimiter = \";\"\nquote = \"\"",
        text.as_bytes(),
        &["\"\"\"a\",MD,2", "\"b\"\"\",MD,3"],
    );
}

#[test]
fn a_file_of_many_blocks_keeps_every_row_with_its_line_number() {
    let project = project("type = \"csv\"\ndelimiter = \";\"");
    let mut text = HEADER.to_owned();
    let mut line = 2_u64;
    let mut lines = 0_u64;
    for number in 0..600_000 {
        let note = if number % 7 == 0 { "\"incoming\n\"" } else { "incoming" };
        text.push_str(&format!(
            "{number}/2025;{note};Germany;service;10.01.2025;;21.01.2025;executed\r\n"
        ));
        lines += line;
        line += if number % 7 == 0 { 2 } else { 1 };
    }
    assert!(text.len() > 2 * (16 << 20), "the file spans several blocks");
    // In the last block a repeat of the row on line 4, and a row with the key of that on line 5.
    text.push_str("1/2025;incoming;Germany;service;10.01.2025;;21.01.2025;executed\r\n");
    text.push_str("2/2025;incoming;France;service;10.01.2025;;21.01.2025;executed\r\n");
    project.write("exports/requests_20260115.csv", text);
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select count(*), count(distinct reference), sum(export_row), max(export_row) from requests"),
        [format!("599999,599999,{},{}", lines - 5, line - 1)]
    );
    assert_eq!(project.account(), "600002,599999,2,1");
    assert_eq!(
        project.query("select export_row, reason from quarantine order by 1"),
        ["5,duplicate_key".to_owned(), format!("{},duplicate_key", line + 1)]
    );
}

#[test]
fn one_row_may_be_several_items_and_one_column_several_fields() {
    let project = TestProject::new();
    let definition = REQUESTS
        .replace("{ field = \"counterpart\" }", "{ field = \"counterpart\", split = \",\" }")
        .replace("\"Form\" = { field = \"form\" }", "\"Form\" = [{ field = \"form\" }, { field = \"instrument\", values = { \"service\" = \"ECMA-30\", \"rogatory\" = \"\" } }]")
        .replace("[columns]", "[constants]\nchannel = \"direct\"\n\n[columns]\n\"Acknowledged\" = { event = \"acknowledged\", dates = [\"d month yyyy HH:MM\"] }\n\"Law\" = { field = \"offences\", split = \"/\", default = \"fraud\" }");
    project.write("sources/requests.toml", definition);
    let header = HEADER.replace('\n', ";Acknowledged;Law\n");
    let rows = "1/2025;incoming;Germany, Italy;service;10.01.2025;;;;12 ianuarie 2025 09:30;drugs/corruption/drugs\n\
                2/2025;incoming;France;rogatory;10.01.2025;;;;;\n\
                3/2025;incoming;France, France;rogatory;10.01.2025;;;;;\n";
    project.write("exports/requests_20260115.csv", format!("{header}{rows}"));
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select reference, item, counterpart, instrument, channel, array_to_string(offences, '+') from requests order by 1, 2"),
        ["1/2025,1,DE,ECMA-30,direct,drugs+corruption", "1/2025,2,IT,ECMA-30,direct,drugs+corruption", "2/2025,1,FR,,direct,fraud"]
    );
    assert_eq!(
        project.query("select reference, item, event, at, at_date, precision from events order by 2"),
        [
            "1/2025,1,acknowledged,2025-01-12T09:30,2025-01-12,minute",
            "1/2025,2,acknowledged,2025-01-12T09:30,2025-01-12,minute"
        ]
    );
    assert_eq!(project.faults(), ["4:repeated_value"]);
    assert_eq!(project.account(), "3,2,1,0");
}

#[test]
fn nested_json_becomes_columns_with_dotted_names() {
    let project = TestProject::new();
    project.write(
        "sources/json.toml",
        "authority = \"RO-MJ\"\ndataset = \"requests\"\nfiles = \"*.json\"\nexported_on = { value = 2026-01-15 }\nquarantine_limit = 1.0\ndrop = [\"person.name\"]\n\
         [format]\ntype = \"json\"\nrecords = \"/data/requests\"\n[constants]\ndirection = \"incoming\"\nform = \"eio\"\n[columns]\n\
         \"id\" = { field = \"reference\" }\n\"from.state\" = { field = \"counterpart\" }\n\"offences\" = { field = \"offences\" }\n\
         \"received\" = { field = \"received_on\", dates = [\"yyyy-mm-ddTHH:MM:SSzone\"] }\n\"urgent\" = { field = \"urgent\" }\n",
    );
    project.write(
        "exports/a.json",
        r#"{"data":{"requests":[
            {"id":7,"from":{"state":"DE"},"person":{"name":"(not taken)"},"offences":["drugs","fraud"],"received":"2025-01-10T08:00:00+02:00","urgent":true},
            {"id":"8","from":{"state":null},"person":null,"offences":[],"received":"2025-01-10T08:00:00Z","urgent":null}]}}"#,
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project
            .query("select reference, counterpart, received_on, urgent, array_to_string(offences, '+') from requests"),
        ["7,DE,2025-01-10,true,drugs+fraud"]
    );
    assert_eq!(project.faults(), ["2:missing_value"]);
}

#[test]
fn the_date_of_an_export_may_stand_in_a_cell_above_the_header() {
    let project = TestProject::new();
    let definition = REQUESTS
        .replace(
            "{ file_name = \"_{yyyy}{mm}{dd}\" }",
            "{ cell = \"B2\", dates = [\"dd.mm.yyyy\"] }",
        )
        .replace("delimiter = \";\"", "delimiter = \";\"\ntitle_rows = 2");
    project.write("sources/requests.toml", definition);
    project.write(
        "exports/requests_a.csv",
        format!("Register\nAs of;14.01.2026\n{HEADER}{ROW}"),
    );
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.query("select exported_on from exports"), ["2026-01-14"]);
    project.write("exports/requests_b.csv", format!("Register\nAs of;soon\n{HEADER}{ROW}"));
    project
        .run(&["normalise"])
        .exits(1)
        .says(&["requests_b.csv", "holds `soon`, not a date"]);
}
