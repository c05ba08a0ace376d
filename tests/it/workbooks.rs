//! Workbooks as offices keep them: title rows, merged headers, formulas, error values, old formats, and files that are not what they seem.

use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::command::{REQUESTS, TestProject};

const HEADER: [&str; 8] = [
    "File",
    "Direction",
    "State",
    "Form",
    "Received",
    "Sent",
    "Closed",
    "Outcome",
];

/// A project whose source reads workbooks of this type, with further lines for `[format]`.
fn project(kind: &str, format: &str) -> TestProject {
    let project = TestProject::new();
    let definition = REQUESTS
        .replace("requests_*.csv", &format!("*.{kind}"))
        .replace("{ file_name = \"_{yyyy}{mm}{dd}\" }", "{ value = 2026-01-15 }")
        .replace(
            "type = \"csv\"\ndelimiter = \";\"",
            &format!("type = \"{kind}\"\n{format}"),
        );
    project.write("sources/requests.toml", definition);
    project
}

fn date(sheet: &mut Worksheet, row: u32, column: u16, text: &str) {
    let format = Format::new().set_num_format("dd.mm.yyyy");
    let date = ExcelDateTime::parse_from_str(text).unwrap();
    sheet.write_datetime_with_format(row, column, &date, &format).unwrap();
}

/// A faultless request in this row.
fn request(sheet: &mut Worksheet, row: u32, file: &str) {
    for (column, text) in [
        (0, file),
        (1, "incoming"),
        (2, "Germany"),
        (3, "service"),
        (7, "executed"),
    ] {
        sheet.write_string(row, column, text).unwrap();
    }
    date(sheet, row, 4, "2025-01-10");
    date(sheet, row, 6, "2025-01-21");
}

fn header(sheet: &mut Worksheet, row: u32) {
    for (column, text) in (0..).zip(HEADER) {
        sheet.write_string(row, column, text).unwrap();
    }
}

#[test]
fn titles_real_dates_formulas_and_error_values() {
    let project = project("xlsx", "title_rows = 2");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "Register of requests").unwrap();
    header(sheet, 2);
    request(sheet, 3, "1/2025");
    request(sheet, 4, "2/2025");
    sheet
        .write_formula(4, 2, Formula::new("=\"Fran\"&\"ce\"").set_result("France"))
        .unwrap();
    request(sheet, 5, "3/2025");
    sheet
        .write_formula(5, 2, Formula::new("=A1/0").set_result("#DIV/0!"))
        .unwrap();
    request(sheet, 6, "4/2025");
    sheet.write_number(6, 4, 45_667).unwrap();
    request(sheet, 8, "5/2025");
    sheet.write_number(8, 0, 5).unwrap();
    book.save(project.path().join("exports/a.xlsx")).unwrap();
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.faults(), ["6:error_cell", "7:serial_number"]);
    assert_eq!(
        project.query("select reference, counterpart, received_on, export_row from requests order by export_row"),
        ["1/2025,DE,2025-01-10,4", "2/2025,FR,2025-01-10,5", "5,DE,2025-01-10,9"]
    );
}

#[test]
fn merged_header_cells_are_refused_where_they_make_two_columns_one_and_read_where_they_group() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    header(sheet, 0);
    sheet.merge_range(0, 4, 0, 6, "Dates", &Format::new()).unwrap();
    request(sheet, 1, "1/2025");
    let first = project("xlsx", "");
    book.save(first.path().join("exports/a.xlsx")).unwrap();
    first
        .run(&["normalise"])
        .exits(1)
        .says(&["E1:G1 are merged", "header_rows"]);

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    header(sheet, 1);
    sheet.merge_range(0, 4, 0, 6, "Dates", &Format::new()).unwrap();
    request(sheet, 2, "1/2025");
    let second = project("xlsx", "header_rows = 2");
    let path = second.path().join("sources/requests.toml");
    let definition = std::fs::read_to_string(&path).unwrap();
    let grouped = ["Received", "Sent", "Closed"].iter().fold(definition, |text, name| {
        text.replace(&format!("\"{name}\" ="), &format!("\"Dates / {name}\" ="))
    });
    std::fs::write(path, grouped).unwrap();
    book.save(second.path().join("exports/a.xlsx")).unwrap();
    second.run(&["normalise"]).exits(0);
    assert_eq!(
        second.query("select received_on, completed_on from requests"),
        ["2025-01-10,2025-01-21"]
    );
}

#[test]
fn a_missing_or_unnamed_sheet_names_those_that_there_are() {
    let mut book = Workbook::new();
    for name in ["2024", "2025"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        header(sheet, 0);
        request(sheet, 1, name);
    }
    for (format, says) in [
        ("sheet = \"2026\"", "no sheet `2026`; it has `2024`, `2025`"),
        ("", "several sheets (`2024`, `2025`)"),
    ] {
        let project = project("xlsx", format);
        book.save(project.path().join("exports/a.xlsx")).unwrap();
        project.run(&["normalise"]).exits(1).says(&[says]);
    }
    let project = project("xlsx", "sheet = \"2025\"");
    book.save(project.path().join("exports/a.xlsx")).unwrap();
    project.run(&["normalise"]).exits(0);
    assert_eq!(project.query("select reference from requests"), ["2025"]);
}

fn packed(path: std::path::PathBuf, parts: &[(&str, &[u8], usize)]) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, content, times) in parts {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        for _ in 0..*times {
            archive.write_all(content).unwrap();
        }
    }
    archive.finish().unwrap();
}

#[test]
fn a_workbook_that_unpacks_to_gigabytes_or_is_none_is_refused() {
    let bomb = project("xlsx", "");
    let zeros = vec![b' '; 1 << 20];
    packed(
        bomb.path().join("exports/a.xlsx"),
        &[("xl/worksheets/sheet1.xml", &zeros, 1100)],
    );
    bomb.run(&["normalise"])
        .exits(1)
        .says(&["unpacks to more than 1073741824 bytes"]);
    let text = project("xlsx", "");
    text.write("exports/a.xlsx", "this is no workbook");
    text.run(&["normalise"])
        .exits(1)
        .says(&["refused: requests, a.xlsx: the workbook can't be read"]);
}

#[test]
fn open_document_sheets_are_read() {
    let cell = |kind: &str, value: &str| match kind {
        "date" => format!(
            "<table:table-cell office:value-type=\"date\" office:date-value=\"{value}\"><text:p>{value}</text:p></table:table-cell>"
        ),
        _ => format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>"),
    };
    let row = |cells: &[(&str, &str)]| {
        let cells: String = cells.iter().map(|(kind, value)| cell(kind, value)).collect();
        format!("<table:table-row>{cells}</table:table-row>")
    };
    let header = row(&HEADER.map(|name| ("text", name)));
    let request = row(&[
        ("text", "1/2025"),
        ("text", "incoming"),
        ("text", "Germany"),
        ("text", "service"),
        ("date", "2025-01-10"),
        ("text", ""),
        ("date", "2025-01-21"),
        ("text", "executed"),
    ]);
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
         <office:body><office:spreadsheet><table:table table:name=\"Data\">{header}{request}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let mimetype: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
    let manifest: &[u8] = b"<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let project = project("ods", "");
    let parts = [
        ("mimetype", mimetype, 1),
        ("META-INF/manifest.xml", manifest, 1),
        ("content.xml", content.as_bytes(), 1),
    ];
    packed(project.path().join("exports/a.ods"), &parts);
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select reference, received_on, completed_on from requests"),
        ["1/2025,2025-01-10,2025-01-21"]
    );
}

#[test]
fn old_binary_workbooks_are_read() {
    let project = project("xls", "");
    project.write("exports/a.xls", include_bytes!("../data/requests.xls"));
    project.run(&["normalise"]).exits(0);
    assert_eq!(
        project.query("select reference, counterpart, received_on, transmitted_on from requests order by reference"),
        ["1/2025,DE,2025-01-10,", "2,IT,,2025-02-03"]
    );
}
