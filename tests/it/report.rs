//! Editions made from tables written by hand: what every format shows, what hostile text can't do, and when a folder appears.

use std::fs;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rogatory::domain::table::{RowKind, Table, Unit};
use rogatory::report::Outcome;

use crate::hand_made::{
    DEFINITION, HOSTILE, NARRATIVE, column, edition, empty_edition, files, measure, number, publish_by, publish_with,
    row, shipped, table, tables, text,
};

fn refusal(definition_text: &str, narrative: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    publish_with(definition_text, narrative, &tables(), folder.path())
        .expect_err("refused")
        .to_string()
}

#[test]
fn an_edition_has_every_file_and_the_manifest_their_hashes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let edition = edition(folder.path());
    assert_eq!(edition.path.file_name().expect("a name"), "annual-2025-12-31-1");
    let files = files(&edition.path);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "charts/days.csv",
        "charts/days.png",
        "charts/days.svg",
        "charts/flows_per_year.csv",
        "charts/flows_per_year.png",
        "charts/flows_per_year.svg",
        "charts/states.csv",
        "charts/states.png",
        "charts/states.svg",
        "index.html",
        "manifest.json",
        "report.pdf",
        "tables.xlsx",
        "tables/days.csv",
        "tables/days.json",
        "tables/flows.csv",
        "tables/flows.json",
        "tables/states.csv",
        "tables/states.json",
    ];
    assert_eq!(names, expected);
    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    assert_eq!(manifest["marking"], "internal");
    assert_eq!(manifest["lake"]["requests"], 4);
    assert_eq!(manifest["exports"]["ro-mj"][0], "ab12");
    let listed = manifest["files"].as_array().expect("a list");
    assert_eq!(listed.len(), expected.len() - 1);
    for entry in listed {
        let bytes = &files[entry["path"].as_str().expect("a path")];
        let hash: String = <sha2::Sha256 as sha2::Digest>::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(entry["sha256"], hash);
    }
    let read: Table = serde_json::from_slice(&files["tables/flows.json"]).expect("a table");
    assert_eq!(read, tables()[0]);
}

#[test]
fn two_runs_give_the_same_bytes_and_the_same_content_is_not_published_again() {
    let (one, other) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let first = edition(one.path());
    assert_eq!(files(&first.path), files(&edition(other.path()).path));
    let again = edition(one.path());
    assert_eq!((again.path, again.outcome), (first.path.clone(), Outcome::Unchanged));

    let mut changed = tables();
    changed[0].rows[0].cells[0] = number(2001.0);
    let second = publish_with(DEFINITION, NARRATIVE, &changed, one.path()).expect("an edition");
    assert_eq!((second.number, second.outcome), (2, Outcome::Published));
    assert!(first.path.exists());
    assert!(text(&second, "index.html").contains("<dt>Edition</dt><dd>2</dd>"));

    // An edition that somebody changed by hand is not the same content any more.
    fs::write(second.path.join("index.html"), "changed").expect("written");
    let third = publish_with(DEFINITION, NARRATIVE, &changed, one.path()).expect("an edition");
    assert_eq!((third.number, third.outcome), (3, Outcome::Published));
}

#[test]
fn what_a_crash_leaves_behind_is_no_edition() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let left = folder.path().join(".edition-abc/content");
    fs::create_dir_all(&left).expect("made");
    fs::write(left.join("index.html"), "half").expect("written");
    fs::create_dir_all(folder.path().join("annual-2025-12-31-draft")).expect("made");
    fs::create_dir_all(folder.path().join("annual-2024-12-31-9")).expect("made");
    assert_eq!(edition(folder.path()).number, 1);
    let hidden: Vec<String> = fs::read_dir(folder.path())
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(hidden, [".edition-abc"], "nothing of our own is left");

    let refused = tempfile::tempdir().expect("a temporary folder");
    publish_with(
        DEFINITION,
        "{% block flows %}{{ number('none', [], 'x') }}{% endblock %}",
        &tables(),
        refused.path(),
    )
    .expect_err("refused");
    assert_eq!(fs::read_dir(refused.path()).expect("readable").count(), 0);
}

#[test]
fn the_page_is_semantic_and_asks_for_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = text(&edition(folder.path()), "index.html");
    for part in [
        "<html lang=\"en\">",
        "<p class=\"marking\">internal</p>",
        "<nav aria-labelledby=\"contents\">",
        "<main id=\"content\">",
        "<h2 id=\"section-flows\">1. Flows</h2>",
        "Figure 1. Requests per year",
        "Table 1. Title of flows",
        "<th class=\"label\" scope=\"col\">Heading direction</th>",
        "<th scope=\"row\">Incoming</th>",
        "<th scope=\"row\" class=\"repeated\">Incoming</th>",
        "<td>1,234</td>",
        "<td>12.3</td>",
        "<td class=\"missing\">n&#x2f;a</td>",
        "Signs: : not available; n&#x2f;a not applicable.",
        "<tfoot>",
        "<tr class=\"other\">",
        "Unit: registrations",
        "role=\"img\"",
        "<p>In 2025 there were 1,234 requests, down from 2,000.</p>",
        "<p>The rate was 12.3%.</p>",
        "<a href=\"#table-flows\">Table 1</a> and <a href=\"#figure-days\">Figure 3</a> have more.</p>",
        "Lowest 41.5 (Germany, The service)",
    ] {
        assert!(page.contains(part), "the page lacks {part}");
    }
    assert_eq!(page.matches("<caption").count(), 2);
    assert_eq!(page.matches("<h1>").count(), 1);
    for outside in ["src=\"http", "href=\"http", "@import", "url(", "<script", "<link"] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&link), "#{link} leads nowhere");
    }
}

#[test]
fn text_from_data_is_never_markup_or_formula() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let edition = edition(folder.path());
    let page = text(&edition, "index.html");
    let svg = text(&edition, "charts/states.svg");
    for (name, content) in [("page", &page), ("picture", &svg)] {
        for markup in [
            "<script>alert",
            "]]></svg>",
            "<img src=x",
            "<b>in bold",
            "49{% raw",
            "<report>",
        ] {
            assert!(!content.contains(markup), "{markup} in the {name}");
        }
        assert!(
            content.contains("&lt;script&gt;alert(1)&lt;"),
            "the {name} shows the text itself"
        );
    }
    assert!(page.contains("{{ 7 * 7 }}{% raw %}"));

    let mut reader = csv::Reader::from_reader(Cursor::new(text(&edition, "tables/states.csv")));
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    for (record, hostile) in records.iter().zip(HOSTILE) {
        let defused = hostile.starts_with(['=', '+', '-', '@']);
        let expected = if defused {
            format!("'{hostile}")
        } else {
            hostile.to_owned()
        };
        assert_eq!((&record[0], &record[1]), (expected.as_str(), expected.as_str()));
    }
    let mut workbook: Xlsx<_> =
        Xlsx::new(Cursor::new(files(&edition.path)["tables.xlsx"].clone())).expect("a workbook");
    for sheet in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&sheet).expect("a sheet");
        assert_eq!(formulas.used_cells().count(), 0, "formulas in {sheet}");
    }
    let sheet = workbook.worksheet_range("states").expect("a sheet");
    for (index, hostile) in HOSTILE.iter().enumerate() {
        assert_eq!(
            sheet.get_value((4 + index as u32, 0)),
            Some(&Data::String((*hostile).to_owned()))
        );
    }
}

#[test]
fn the_workbook_has_real_numbers_and_signs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = files(&edition(folder.path()).path)["tables.xlsx"].clone();
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["contents", "flows", "states", "days"]);
    let sheet = workbook.worksheet_range("flows").expect("a sheet");
    let value = |row, column| sheet.get_value((row, column)).cloned().unwrap_or_default();
    assert_eq!(value(0, 0), Data::String("Table 1. Title of flows".to_owned()));
    assert_eq!(value(3, 2), Data::String("The entered".to_owned()));
    assert_eq!(value(4, 2), Data::Float(2000.0));
    assert_eq!(value(4, 4), Data::String(":".to_owned()));
    assert_eq!(value(5, 4), Data::Float(12.25));
    assert_eq!(value(6, 0), Data::String("Total".to_owned()));
    assert_eq!(value(8, 0), Data::String("A note <b>in bold</b>".to_owned()));
}

#[test]
fn csv_files_have_stable_names_unrounded_numbers_and_reasons() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let edition = edition(folder.path());
    let flows = text(&edition, "tables/flows.csv");
    let lines: Vec<&str> = flows.lines().collect();
    let header = "direction,direction_label,period,period_label,row_kind,entered,entered_status,pending_end,\
                  pending_end_status,rate,rate_status";
    assert_eq!(lines[0], header);
    assert_eq!(lines[1], "incoming,Incoming,2024,2024,body,2000,,12,,,not_available");
    assert_eq!(lines[2], "incoming,Incoming,2025,2025,body,1234,,7,,12.25,");
    assert_eq!(lines[3], "_T,Total,2025,2025,total,1234,,7,,,not_applicable");
    let days = text(&edition, "tables/days.csv");
    assert_eq!(days.lines().nth(1), Some("de,Germany,body,41.5,,3,,nil"));
    let chart = text(&edition, "charts/days.csv");
    assert_eq!(chart.lines().nth(1), Some("de,Germany,service,The service,41.5,3,"));
}

#[test]
fn wrong_names_are_refused_with_the_nearest() {
    let replaced = |from: &str, to: &str| DEFINITION.replace(from, to);
    let cases = [
        (
            replaced("\"table:flows\"", "\"table:flow\""),
            "table `flow`, which this report does not have; the nearest is `flows`",
        ),
        (
            replaced("\"table:flows\"", "\"tables:flows\""),
            "shows `tables:flows`; expected `table:<name>`, `chart:<name>` or `measures`",
        ),
        (
            replaced("\"table:flows\"", "\"table:states\""),
            "`table:states` is shown twice",
        ),
        (
            replaced("columns = [\"entered\"]\nline", "columns = [\"enterd\"]\nline"),
            "has no column `enterd`; the nearest is `entered`",
        ),
        (
            replaced("direction = \"incoming\"", "directon = \"incoming\""),
            "no row dimension `directon`; the nearest is `direction`",
        ),
        (replaced("table = \"days\"", "table = \"dayz\""), "draws table `dayz`"),
        (
            replaced("name = \"days\"", "name = \"../days\""),
            "a name is a file name",
        ),
    ];
    for (definition, expected) in cases {
        let message = refusal(&definition, NARRATIVE);
        assert!(message.contains(expected), "{message}");
    }
    let blocks = [
        (
            "{{ number('flow', ['incoming'], 'entered') }}",
            "there is no table `flow`; the nearest is `flows`",
        ),
        (
            "{{ number('flows', ['incming', '2025'], 'entered') }}",
            "has no row `incming, 2025`; the nearest is `incoming, 2025`",
        ),
        (
            "{{ number('flows', ['incoming', year], 'enter') }}",
            "has no column `enter`; the nearest is `entered`",
        ),
        (
            "{{ see('table:flow') }}",
            "no section shows `table:flow`; the nearest is `table:flows`",
        ),
        ("{{ nonsense }}", "undefined"),
    ];
    for (block, expected) in blocks {
        let message = refusal(DEFINITION, &format!("{{% block flows %}}{block}{{% endblock %}}"));
        assert!(
            message.contains("block `flows`, line 1") && message.contains(expected),
            "{message}"
        );
    }
    assert!(refusal(DEFINITION, "{% block flows %}{% if %}").contains("the narrative `annual.en.j2` can't be read"));
}

#[test]
fn a_table_that_is_no_rectangle_of_numbers_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut broken = tables();
    broken[0].rows[1].cells.pop();
    let error = publish_with(DEFINITION, NARRATIVE, &broken, folder.path()).expect_err("refused");
    assert_eq!(error.to_string(), "table `flows`, row 2: 2 cells, expected 3");
    let mut infinite = tables();
    infinite[0].rows[0].cells[2] = number(f64::INFINITY);
    let error = publish_with(DEFINITION, NARRATIVE, &infinite, folder.path()).expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("row `incoming, 2024`, column `rate`: the number is inf"),
        "{error}"
    );
}

#[test]
fn the_shipped_narratives_read_well_without_any_data() {
    check_without_data("annual", "In 2025, no request with a stated counterpart entered.");
    check_without_data(
        "chapter-23-24",
        "In 2025, no request for judicial cooperation in criminal matters received by Romania is registered.",
    );
}

/// Publishes a shipped report with its tables, all empty, and looks for gaps in its paragraphs.
#[track_caller]
fn check_without_data(report: &str, expected: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = text(&empty_edition(report, folder.path()), "index.html");
    assert!(page.contains(expected), "{page}");
    for paragraph in page.split("<p>").skip(1).filter_map(|rest| rest.split("</p>").next()) {
        let is_clean = !["{{", " ,", " .", "  ", "()"].iter().any(|gap| paragraph.contains(gap));
        assert!(is_clean && paragraph.ends_with('.'), "{paragraph}");
    }
}

#[test]
fn annexes_come_last_and_the_methodology_describes_the_measures_of_printed_tables() {
    let definition = r#"
        title.en = "Report"
        [[section]]
        name = "method"
        title.en = "Method"
        annex = true
        show = ["measures"]
        [[section]]
        name = "flows"
        title.en = "Flows"
        show = ["table:flows"]
        [[table]]
        name = "flows"
        title.en = "Flows"
        measure = "flows"
        rows = ["direction", "period"]
        columns = ["clearance_rate", "entered"]
        [[table]]
        name = "days"
        title.en = "Days"
        measure = "turnaround"
        rows = ["counterpart"]
        columns = ["median_days"]
    "#;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pdf = shipped("reports/edition.typ");
    let published = |measures: &[_]| publish_by(definition, "", &pdf, &tables(), measures, folder.path());
    let edition = published(&[measure("flows"), measure("turnaround")]).expect("an edition");
    let page = text(&edition, "index.html");
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("the page lacks {part}"));
    assert!(place("id=\"section-flows\">1. Flows<") < place("id=\"section-method\">Annex 1. Method<"));
    let described = &page[place("id=\"measure-flows\"")..];
    assert!(described.contains("<dt>Shown in</dt><dd><a href=\"#table-flows\">Table 1</a></dd>"));
    let rate = described.find("<th scope=\"row\">Clearance rate (%)</th><td>per cent</td>");
    let entered = described.find("<th scope=\"row\">Entered</th><td>number</td>");
    assert!(
        rate.is_some() && rate < entered,
        "indicators stand in the order of the table's columns"
    );
    assert!(!described.contains("Disposition time"), "no table shows it");
    assert!(!page.contains("measure-turnaround"), "no section shows its table");
    let refused = published(&[measure("turnaround")]).expect_err("refused").to_string();
    assert!(
        refused.contains("table `flows` shows the measure `flows`, which is not documented"),
        "{refused}"
    );
}

#[test]
fn the_largest_are_named_without_choosing_between_equal_ones() {
    let largest = |numbers: [f64; 4]| {
        let rows = ["a", "b", "c", "d"].iter().zip(numbers);
        let rows = rows.map(|(name, entered)| row(RowKind::Body, &[name], &[name], vec![number(entered)]));
        let states = table(
            "states",
            &["counterpart"],
            vec![column("entered", Unit::Count, 0)],
            rows.collect(),
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let definition = "title.en = \"t\"\n[[section]]\nname = \"s\"\ntitle.en = \"s\"\n";
        let narrative = "{% block s %}\nMost: {{ top(\"states\", \"entered\", 2) | listed }}.\n{% endblock %}\n";
        let edition = publish_with(definition, narrative, &[states], folder.path()).expect("an edition");
        let page = text(&edition, "index.html");
        let (_, rest) = page.split_once("Most: ").expect("the sentence");
        rest.split_once('.').expect("its end").0.to_owned()
    };
    assert_eq!(largest([3.0, 2.0, 1.0, 1.0]), "a (3) and b (2)");
    assert_eq!(largest([3.0, 2.0, 2.0, 1.0]), "a (3)");
    assert_eq!(largest([2.0, 2.0, 2.0, 1.0]), "a (2), b (2) and c (2)");
    assert_eq!(largest([0.0, 2.0, 0.0, 1.0]), "b (2) and d (1)");
}
