//! `report.pdf` as other programs read it: its text, its tags, its pages, and what it refuses.
//!
//! Needs `pdftotext` and `pdfinfo` (Debian: poppler-utils). Without them a test that reads a PDF says that it is skipped; under `CI=true` it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rogatory::domain::table::{Missing, RowKind, Table, Unit};
use rogatory::report::number::NumberFormat;

use crate::command::TestProject;
use crate::hand_made::{
    DEFINITION, NARRATIVE, column, edition, empty_edition, files, missing, number, publish_by, publish_with, row,
    table, tables,
};

/// What a program of poppler-utils prints; nothing where it is not installed.
fn poppler(program: &str, arguments: &[&str], pdf: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).arg(pdf);
    if program == "pdftotext" {
        command.arg("-");
    }
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).expect("the program prints UTF-8"))
        }
        Err(_) if std::env::var("CI").as_deref() == Ok("true") => panic!("`{program}` is missing (poppler-utils)"),
        Err(_) => {
            eprintln!("skipped: `{program}` is missing (poppler-utils)");
            None
        }
    }
}

/// The text of every page, lines as they stand on paper.
fn pages(pdf: &Path) -> Option<Vec<String>> {
    let text = poppler("pdftotext", &["-layout"], pdf)?;
    Some(
        text.trim_end_matches('\u{c}')
            .split('\u{c}')
            .map(str::to_owned)
            .collect(),
    )
}

/// The whole text in reading order, with single spaces.
fn running_text(pdf: &Path) -> Option<String> {
    let text = poppler("pdftotext", &["-raw"], pdf)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Publishes one table in one section.
fn only_table(table: Table, folder: &Path) -> PathBuf {
    let definition =
        "title.en = \"One table\"\n[[section]]\nname = \"only\"\ntitle.en = \"Only\"\nshow = [\"table:one\"]";
    let edition = publish_with(definition, "", &[table], folder).expect("an edition");
    edition.path.join("report.pdf")
}

/// The folders of the editions that a demonstration project publishes.
fn sample(name: &str) -> (TestProject, Vec<PathBuf>) {
    let project = TestProject::copy_of_sample(name);
    let editions = project.run(&["run"]).exits(0).stdout;
    (project, editions.lines().map(PathBuf::from).collect())
}

#[test]
fn the_report_is_tagged_and_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pdf = edition(folder.path()).path.join("report.pdf");
    let Some(facts) = poppler("pdfinfo", &[], &pdf) else {
        return;
    };
    let fact = |name: &str| {
        let line = facts.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let title = "Annual <report> & \"figures\": Romania, 2019\u{2013}2025";
    assert_eq!(fact("Title").as_deref(), Some(title));
    assert_eq!(fact("Author").as_deref(), Some("Test office"));
    assert_eq!(fact("Creator").as_deref(), Some("rogatory 1.2.3"));
    assert_eq!(fact("Tagged").as_deref(), Some("yes"));
    assert_eq!(fact("CreationDate"), None, "nothing in the file depends on the day");
    let Some(metadata) = poppler("pdfinfo", &["-meta"], &pdf) else {
        return;
    };
    for part in ["<pdfuaid:part>1</pdfuaid:part>", "<rdf:li>en</rdf:li>"] {
        assert!(metadata.contains(part), "{metadata}");
    }
    let count: usize = fact("Pages").and_then(|pages| pages.parse().ok()).expect("a number");
    let Some(pages) = pages(&pdf) else { return };
    assert_eq!(pages.len(), count);
    for (index, page) in pages.iter().enumerate().skip(1) {
        assert!(page.contains(&format!("page {} of {count}", index + 1)), "{page}");
        assert!(page.contains("INTERNAL"), "{page}");
    }
    let cover: Vec<&str> = pages[0].split_whitespace().collect();
    let cover = cover.join(" ");
    for part in [
        "Test office",
        "Romania",
        "2019\u{2013}2025",
        "INTERNAL",
        "31 December 2025",
        "Edition 1",
    ] {
        assert!(cover.contains(part), "{cover}");
    }
}

#[test]
fn every_header_has_a_scope_and_every_figure_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pdf = edition(folder.path()).path.join("report.pdf");
    let Some(structure) = poppler("pdfinfo", &["-struct"], &pdf) else {
        return;
    };
    let lines: Vec<&str> = structure.lines().map(str::trim).collect();
    let count = |wanted: &str| {
        lines
            .iter()
            .filter(|line| line.split(' ').next() == Some(wanted))
            .count()
    };
    let cells: usize = tables()
        .iter()
        .map(|table| table.rows.len() * table.columns.len())
        .sum();
    let labels: usize = tables()
        .iter()
        .map(|table| table.rows.len() * table.row_headings.len())
        .sum();
    let headings: usize = tables()
        .iter()
        .map(|table| table.row_headings.len() + table.columns.len())
        .sum();
    // Two of the three tables are printed; the cover has a table of three facts.
    let (days_cells, days_labels, days_headings) = (2, 1, 3);
    let facts = 3;
    assert_eq!(count("TD") + count("TD:"), cells - days_cells + facts);
    let headers = labels - days_labels + headings - days_headings + facts;
    assert_eq!(count("TH") + count("TH:"), headers, "{structure}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("/Scope")).count(), headers);
    assert_eq!(count("Figure") + count("Figure:"), 3);
    for words in ["Lowest 41.5 (Germany, The service)", "The entered: 2,000 in 2024"] {
        let bytes = fs::read(&pdf).expect("the file is readable");
        assert!(holds(&bytes, words), "no figure says `{words}`");
    }
}

/// Whether the bytes of a PDF hold a text in plain letters, as its structure has it.
fn holds(bytes: &[u8], text: &str) -> bool {
    let escaped = text.replace('(', "\\(").replace(')', "\\)");
    [text, &escaped]
        .iter()
        .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[test]
fn text_from_data_is_set_as_it_stands() {
    let texts = [
        "#panic() #{1 + 1}",
        "$x^2$ _under_ *star*",
        "<label> @ref [link](there)",
        "\\n \\u{41} ~ // comment",
        "/* comment */ - item + 1. = heading",
        "\"quoted\" 'single' `code`",
        "Argeș, Țara Bârsei, Iași",
        "Република Србија, Ђорђе Њ Љ Џ",
    ];
    let rows = texts
        .iter()
        .map(|text| row(RowKind::Body, &[text], &[text], vec![number(1.0)]));
    let mut hostile = table(
        "one",
        &["counterpart"],
        vec![column("x", Unit::Count, 0)],
        rows.collect(),
    );
    hostile.title = "#strong[Title] $a$ <b> @c \\d".to_owned();
    hostile.notes = vec!["#note *x* <y>".to_owned(), "two\nlines\tand a tab".to_owned()];
    let (title, note) = (hostile.title.clone(), hostile.notes[0].clone());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(text) = running_text(&only_table(hostile, folder.path())) else {
        return;
    };
    for expected in texts
        .into_iter()
        .chain([title.as_str(), note.as_str(), "two lines and a tab"])
    {
        assert!(text.contains(expected), "`{expected}` is not in {text}");
    }
}

#[test]
fn a_long_table_goes_over_pages_and_each_has_its_header() {
    let rows = (0..500).map(|index| {
        let label = format!("State {index}");
        row(RowKind::Body, &[&label], &[&label], vec![number(f64::from(index))])
    });
    let long = table(
        "one",
        &["counterpart"],
        vec![column("entered", Unit::Count, 0)],
        rows.collect(),
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(pages) = pages(&only_table(long, folder.path())) else {
        return;
    };
    let with_rows: Vec<&String> = pages.iter().filter(|page| page.contains("State ")).collect();
    assert!(with_rows.len() >= 8, "{} pages", with_rows.len());
    for page in &with_rows {
        assert!(
            page.contains("Heading counterpart") && page.contains("The entered"),
            "{page}"
        );
    }
    for index in 0..500 {
        let found = pages.iter().flat_map(|page| page.lines()).filter(|line| {
            line.split_whitespace()
                .eq(["State", &index.to_string(), &index.to_string()])
        });
        assert_eq!(found.count(), 1, "row {index}");
    }
}

#[test]
fn a_wide_table_lies_on_its_side_and_one_that_is_too_wide_is_cut_between_columns() {
    let wide = |columns: usize| {
        let years: Vec<_> = (0..columns)
            .map(|year| column(&format!("y{}", 1000 + year), Unit::Count, 0))
            .collect();
        let cells = (0..columns).map(|column| number(1_000_000.0 + column as f64)).collect();
        table(
            "one",
            &["counterpart"],
            years,
            vec![row(RowKind::Body, &["de"], &["Germany"], cells)],
        )
    };
    let numbers = NumberFormat::of_language("en");
    for (columns, parts) in [(10, 1), (40, 4)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pdf = only_table(wide(columns), folder.path());
        let Some(pages) = pages(&pdf) else { return };
        let last = pages.len().to_string();
        let Some(sizes) = poppler("pdfinfo", &["-f", "1", "-l", &last], &pdf) else {
            return;
        };
        let is_landscape: Vec<bool> = sizes
            .lines()
            .filter(|line| line.starts_with("Page ") && line.contains("size:"))
            .map(|line| line.contains("841.89 x 595.276"))
            .collect();
        let with_rows: Vec<bool> = pages.iter().map(|page| page.contains("Germany")).collect();
        assert_eq!(is_landscape, with_rows, "only the table lies on its side");
        assert_eq!(
            pages.concat().matches("Germany").count(),
            parts,
            "the labels stand in every part"
        );
        for column in 0..columns {
            let cell = numbers.number(1_000_000.0 + column as f64, 0);
            assert_eq!(pages.concat().matches(&cell).count(), 1, "{cell}");
        }
    }
}

#[test]
fn what_the_template_may_not_do_is_refused_with_its_line() {
    let cases = [
        ("#datetime.today()", "date"),
        ("#read(\"manifest.json\")", "manifest.json"),
        ("#import \"@preview/tablex:0.0.9\": *", "tablex"),
        ("#json(\"edition.json\").nothing", "nothing"),
        ("#set text(font: \"Comic Sans\")\nx", "comic sans"),
        (
            "#set document(title: \"t\")\n#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg'/>\"))",
            "alt",
        ),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (template, expected) in cases {
        let refused = publish_by(DEFINITION, NARRATIVE, template, &tables(), &[], folder.path());
        let message = refused.expect_err("refused").to_string();
        assert!(
            message.starts_with("report.pdf could not be set by the template `edition.typ`: ")
                && message.to_lowercase().contains(expected)
                && message.contains("(line "),
            "{message}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
}

#[test]
fn a_letter_that_the_font_does_not_have_is_refused_and_named() {
    let rows = vec![row(RowKind::Body, &["jp"], &["日本"], vec![number(1.0)])];
    let table = table("one", &["counterpart"], vec![column("x", Unit::Count, 0)], rows);
    let definition = "title.en = \"t\"\n[[section]]\nname = \"only\"\ntitle.en = \"Only\"\nshow = [\"table:one\"]";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = publish_with(definition, "", &[table], folder.path()).expect_err("refused");
    let message = refused.to_string();
    assert!(
        message.contains("no letter `日` (U+65E5) for the text `日本`"),
        "{message}"
    );
}

#[test]
fn two_runs_give_the_same_bytes_also_after_another_report() {
    let folders: Vec<_> = (0..3)
        .map(|_| tempfile::tempdir().expect("a temporary folder"))
        .collect();
    let pdf = |folder: &Path| files(&edition(folder).path).remove("report.pdf").expect("a PDF");
    let first = pdf(folders[0].path());
    empty_edition("annual", folders[1].path());
    assert!(first == pdf(folders[2].path()));
}

#[test]
fn the_annual_report_without_any_data_is_a_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let edition = empty_edition("annual", folder.path());
    let Some(text) = running_text(&edition.path.join("report.pdf")) else {
        return;
    };
    for part in [
        "No data",
        "In 2025, no request entered.",
        "Annex 1. Methodology",
        "There are no data to show",
    ] {
        let is_alternative = part.starts_with("There are");
        let bytes = fs::read(edition.path.join("report.pdf")).expect("the file is readable");
        assert!(
            if is_alternative {
                holds(&bytes, part)
            } else {
                text.contains(part)
            },
            "`{part}` is not in {text}"
        );
    }
}

/// Every printed table of an edition stands in its PDF: the title, each row's numbers side by side, and each word of the labels.
fn check_tables(edition: &Path) {
    let pdf = edition.join("report.pdf");
    let (Some(text), Some(pages)) = (running_text(&pdf), pages(&pdf)) else {
        return;
    };
    let page = fs::read_to_string(edition.join("index.html")).expect("the page is readable");
    let lines: Vec<Vec<&str>> = pages
        .iter()
        .flat_map(|page| page.lines())
        .map(|line| line.split_whitespace().collect())
        .collect();
    let numbers = NumberFormat::of_language("en");
    let mut printed = 0;
    for (name, bytes) in files(&edition.join("tables")) {
        let Some(stem) = name.strip_suffix(".json") else {
            continue;
        };
        if !page.contains(&format!("id=\"table-{stem}\"")) {
            continue;
        }
        printed += 1;
        let table: Table = serde_json::from_slice(&bytes).expect("a table");
        assert!(text.contains(&table.title), "the title of {name}");
        for note in &table.notes {
            assert!(text.contains(note), "{note}");
        }
        for row in &table.rows {
            let cells: Vec<String> = row
                .cells
                .iter()
                .zip(&table.columns)
                .map(|(cell, column)| numbers.value(cell.value, column.decimals))
                .collect();
            let found = lines
                .iter()
                .any(|line| line.ends_with(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
            assert!(found, "{name}: no line ends with {cells:?}");
            for word in row.labels.iter().flat_map(|label| label.split_whitespace()) {
                assert!(text.contains(word), "{name}: {word}");
            }
        }
    }
    assert_eq!(page.matches("<caption").count(), printed);
    assert!(printed > 10, "{printed} tables");
}

#[test]
fn every_cell_of_the_demonstration_reports_is_printed() {
    for (name, reports) in [("romania", 1), ("serbia", 2)] {
        let (_project, editions) = sample(name);
        assert_eq!(editions.len(), reports);
        editions.iter().for_each(|edition| check_tables(edition));
    }
}

#[test]
fn signs_are_explained_under_the_table() {
    let cells = vec![missing(Missing::NotAvailable), missing(Missing::Suppressed)];
    let columns = vec![column("x", Unit::Count, 0), column("y", Unit::Count, 0)];
    let rows = vec![row(RowKind::Body, &["de"], &["Germany"], cells)];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pdf = only_table(table("one", &["counterpart"], columns, rows), folder.path());
    let Some(text) = running_text(&pdf) else { return };
    assert!(text.contains("Germany : c"), "{text}");
    assert!(text.contains("Signs: : not available; c confidential."), "{text}");
}
