//! `inspect` on files that nobody has described: is the dialect found, does it say when it is unsure, is the draft a definition, does it keep
//! contents of cells to itself?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, ISO_8859_2, ISO_8859_16, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251};
use rogatory::domain::codelist::{CodelistText, Codelists};
use rogatory::domain::source::{FormatType, Origin, SourceDefinition, Target};
use rogatory::generate::{Options, Recipe, generate};
use rogatory::inspect::{Given, Inspection, Values, draft, inspect, json_report, text_report, write_rows};
use rogatory::project::{Project, default_codelists};
use tempfile::TempDir;

use crate::command::TestProject;

const SAMPLES: [&str; 2] = ["romania", "serbia"];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples").join(name)
}

/// Exports of every source of a sample, made anew: the definition and the newest file of each.
fn generated(name: &str, folder: &Path) -> (Project, Vec<(SourceDefinition, PathBuf)>) {
    let project = Project::open(&sample(name)).unwrap();
    let definitions: Vec<_> = project
        .sources
        .iter()
        .map(|(definition, _)| definition.clone())
        .collect();
    let recipe = Recipe::read(&fs::read_to_string(sample(name).join("generate.toml")).unwrap()).unwrap();
    let options = Options {
        source: None,
        rows: Some(150),
        seed: Some(7),
    };
    generate(&definitions, &project.codelists, &recipe, &options, folder).unwrap();
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let newest = |definition: &SourceDefinition| {
        let (start, end) = pattern(definition).split_once('*').unwrap();
        let fits = |name: &&String| name.starts_with(start) && name.ends_with(end);
        folder.join(names.iter().rfind(fits).unwrap())
    };
    let files = definitions
        .iter()
        .map(|definition| (definition.clone(), newest(definition)));
    let files = files.collect();
    (project, files)
}

/// The rows of a delimited export from its header on, read by its definition.
fn rows_by_definition(definition: &SourceDefinition, path: &Path) -> Vec<Vec<String>> {
    let bytes = fs::read(path).unwrap();
    let (text, ..) = definition.format.encoding.decode(&bytes);
    let mut rest = text.as_ref();
    for _ in 0..definition.format.title_rows {
        rest = rest.split_once('\n').unwrap().1;
    }
    read_csv(rest, definition.format.delimiter, definition.format.quote)
}

fn read_csv(text: &str, delimiter: u8, quote: Option<u8>) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(quote.is_some())
        .quote(quote.unwrap_or(b'"'))
        .from_reader(text.as_bytes());
    let row = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Numbers that look drawn but are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// A way to write a table as text.
#[derive(Clone, Debug)]
struct Writing {
    encoding: &'static Encoding,
    mark: bool,
    delimiter: &'static str,
    quote: Option<char>,
    quote_all: bool,
    backslash: bool,
    line_end: &'static str,
    titles: usize,
    header_rows: usize,
    header: Header,
    rows: usize,
    /// Empty lines between titles and header.
    gap: usize,
    ends_with_line_end: bool,
}

/// What the header's names are like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Header {
    AsIs,
    /// Names that nobody has seen before.
    Unknown,
    /// Some names are left out.
    Gaps,
}

const TITLES: [&str; 3] = [
    "Register of requests",
    "Export for the annual report, all years",
    "As of 15.01.2026",
];

impl Writing {
    fn drawn(draw: &mut Draw) -> Self {
        let encoding = draw.one_of(&[
            UTF_8,
            UTF_8,
            WINDOWS_1250,
            WINDOWS_1250,
            ISO_8859_2,
            ISO_8859_16,
            WINDOWS_1251,
            WINDOWS_1251,
            UTF_16LE,
            UTF_16BE,
        ]);
        Writing {
            encoding,
            mark: draw.below(2) == 0,
            delimiter: draw.one_of(&[";", ";", ",", ",", "\t", "|", ", ", "||", "^"]),
            quote: draw.one_of(&[Some('"'), Some('"'), Some('"'), Some('\''), None]),
            quote_all: draw.below(4) == 0,
            backslash: draw.below(5) == 0,
            line_end: draw.one_of(&["\n", "\r\n", "\r\n", "\r"]),
            titles: draw.one_of(&[0, 0, 0, 1, 2, 3]),
            header_rows: draw.one_of(&[1, 1, 1, 1, 1, 0, 2]),
            header: draw.one_of(&[Header::AsIs, Header::AsIs, Header::Unknown, Header::Gaps]),
            rows: draw.one_of(&[4, 8, 30, 100]),
            gap: draw.below(2),
            ends_with_line_end: draw.below(5) > 0,
        }
    }

    /// Titles, header and rows as bytes, and the rows that are to be read; nothing where the text can't be written so.
    fn write(&self, table: &[Vec<String>]) -> Option<(Vec<u8>, Vec<Vec<String>>)> {
        let (header, data) = table.split_first()?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        if self.header_rows == 2 {
            // Groups of columns above their names, the first cell of each only.
            let group = |position: usize| {
                if position.is_multiple_of(3) {
                    format!("Group {}", position / 3 + 1)
                } else {
                    String::new()
                }
            };
            rows.push((0..header.len()).map(group).collect());
        }
        if self.header_rows > 0 {
            rows.push(
                header
                    .iter()
                    .enumerate()
                    .map(|(position, name)| self.name(position, name))
                    .collect(),
            );
        }
        rows.extend(data.iter().take(self.rows).cloned());
        for cell in rows.iter_mut().flatten() {
            *cell = self.cell(cell);
        }
        let mut lines: Vec<String> = TITLES[..self.titles]
            .iter()
            .map(|title| self.quoted(title))
            .collect::<Option<_>>()?;
        if self.titles > 0 {
            lines.extend(vec![String::new(); self.gap]);
        }
        for row in &rows {
            let cells: Option<Vec<String>> = row.iter().map(|cell| self.quoted(cell)).collect();
            lines.push(cells?.join(self.delimiter));
        }
        let mut text = lines.join(self.line_end);
        if self.ends_with_line_end {
            text.push_str(self.line_end);
        }
        Some((self.encoded(&text)?, rows))
    }

    /// What stands in the header for the name of a column.
    fn name(&self, position: usize, name: &str) -> String {
        match self.header {
            Header::Unknown => format!("kol{}x", char::from(b'a' + position as u8)),
            Header::Gaps if position % 4 == 3 => String::new(),
            Header::AsIs | Header::Gaps => name.to_owned(),
        }
    }

    /// What stands in the file for the cell: line ends and letters that the writing has.
    fn cell(&self, cell: &str) -> String {
        let cell = cell.replace("\r\n", "\n");
        if self.encoding == WINDOWS_1250 || self.encoding == ISO_8859_2 {
            with_cedillas(&cell)
        } else {
            cell
        }
    }

    fn quoted(&self, cell: &str) -> Option<String> {
        let special = cell.contains(self.delimiter)
            || cell.contains(['\n', '\r'])
            || cell.contains('|') && self.delimiter == "||";
        let Some(quote) = self.quote else {
            return (!special && !cell.starts_with(['"', '\''])).then(|| cell.to_owned());
        };
        if !special && !self.quote_all && !cell.contains(quote) {
            return Some(cell.to_owned());
        }
        let inside = if self.backslash {
            cell.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"))
        } else {
            cell.replace(quote, &format!("{quote}{quote}"))
        };
        Some(format!("{quote}{inside}{quote}"))
    }

    fn encoded(&self, text: &str) -> Option<Vec<u8>> {
        let marked = if self.mark {
            format!("\u{feff}{text}")
        } else {
            text.to_owned()
        };
        match self.encoding {
            encoding if encoding == UTF_16LE => Some(marked.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            encoding if encoding == UTF_16BE => Some(marked.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            encoding if encoding == UTF_8 => Some(marked.into_bytes()),
            encoding => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
        }
    }
}

fn with_cedillas(text: &str) -> String {
    text.replace('ș', "ş")
        .replace('ț', "ţ")
        .replace('Ș', "Ş")
        .replace('Ț', "Ţ")
}

/// The rows that are read, with one kind of Romanian letters: the two are the same bytes, and spellings are compared without the difference.
fn rows_read(path: &Path, codelists: &Codelists) -> (Vec<Vec<String>>, usize) {
    let mut output = Vec::new();
    let account = write_rows(path, &Given::default(), codelists, &mut output).unwrap();
    let rows = read_csv(&String::from_utf8(output).unwrap(), b',', Some(b'"'));
    let folded = rows
        .into_iter()
        .map(|row| row.iter().map(|cell| with_cedillas(cell)).collect());
    (folded.collect(), account.header_rows)
}

/// The rows that are to be read: several header rows as one.
fn rows_expected(writing: &Writing, rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let folded: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| with_cedillas(cell)).collect())
        .collect();
    if writing.header_rows < 2 {
        return folded;
    }
    let joined = |(above, below): (&String, &String)| match (above.as_str(), below.trim()) {
        (above, "") => above.to_owned(),
        ("", below) => below.to_owned(),
        (above, below) => format!("{above} / {below}"),
    };
    let header: Vec<String> = folded[0].iter().zip(&folded[1]).map(joined).collect();
    std::iter::once(header).chain(folded[2..].iter().cloned()).collect()
}

#[test]
fn the_dialect_of_nearly_every_export_is_found_and_the_others_are_called_unsure() {
    let folder = TempDir::new().unwrap();
    let mut draw = Draw(2026);
    let (mut cases, mut wrong, mut wrong_but_sure, mut unsure) = (0, Vec::new(), 0, 0);
    for name in SAMPLES {
        let exports = TempDir::new().unwrap();
        let (project, files) = generated(name, exports.path());
        for (definition, path) in files
            .iter()
            .filter(|(definition, _)| definition.format.kind == FormatType::Csv)
        {
            let table = rows_by_definition(definition, path);
            let mut made = 0;
            while made < 40 {
                let writing = Writing::drawn(&mut draw);
                let Some((bytes, rows)) = writing.write(&table) else {
                    continue;
                };
                made += 1;
                let file = folder.path().join("export.csv");
                fs::write(&file, bytes).unwrap();
                let inspection = inspect(&file, &Given::default(), &project.codelists).unwrap();
                let says_unsure = text_report(&inspection, Values::Hidden).contains("(unsure");
                let above = if writing.titles > 0 {
                    writing.titles + writing.gap
                } else {
                    0
                };
                let right = inspection.header.titles == above
                    && inspection.header.rows == writing.header_rows
                    && rows_read(&file, &project.codelists) == (rows_expected(&writing, &rows), writing.header_rows);
                cases += 1;
                unsure += usize::from(says_unsure);
                if !right {
                    wrong_but_sure += usize::from(!says_unsure);
                    wrong.push(format!("{} {writing:?}", definition.name));
                }
            }
        }
    }
    let share = 1.0 - wrong.len() as f64 / f64::from(cases);
    println!(
        "{cases} cases, {:.1} % right, {unsure} called unsure; {wrong_but_sure} wrong but sure",
        100.0 * share
    );
    println!("{}", wrong.join("\n"));
    assert!(cases >= 400, "{cases}");
    assert!(share >= 0.98, "{share}");
    assert!(2 * wrong_but_sure <= wrong.len(), "{wrong_but_sure} of {}", wrong.len());
}

/// Every file of a sample's exports with its definition.
fn committed(name: &str) -> (Project, Vec<(SourceDefinition, PathBuf)>) {
    let project = Project::open(&sample(name)).unwrap();
    let mut files = Vec::new();
    for (definition, _) in &project.sources {
        let (start, end) = pattern(definition).split_once('*').unwrap();
        for entry in fs::read_dir(project.exports()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with(start) && name.ends_with(end) {
                files.push((definition.clone(), path));
            }
        }
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));
    (project, files)
}

/// Field or event by column, as a definition says it.
fn targets(definition: &SourceDefinition) -> BTreeMap<String, BTreeSet<String>> {
    let name = |target: &Target| match target {
        Target::Field(position) => definition.data_set.fields()[*position].name.to_owned(),
        Target::Event(event) => format!("event {event}"),
    };
    let targets = |column: &rogatory::domain::source::MappedColumn| {
        let names = column.mappings.iter().map(|mapping| name(&mapping.target)).collect();
        (column.header.clone(), names)
    };
    let dropped = definition.drop.iter().map(|header| (header.clone(), BTreeSet::new()));
    definition.columns.iter().map(targets).chain(dropped).collect()
}

/// What a report says of each column.
fn guesses(inspection: &Inspection) -> BTreeMap<String, BTreeSet<String>> {
    let report: serde_json::Value = serde_json::from_str(&json_report(inspection, Values::Shown)).unwrap();
    let columns = report["columns"].as_array().unwrap();
    let guess = |column: &serde_json::Value| {
        let field = column["field"].as_str().map(str::to_owned);
        let event = column["event"].as_str().map(|event| format!("event {event}"));
        (
            with_cedillas(column["name"].as_str().unwrap()),
            field.into_iter().chain(event).collect(),
        )
    };
    columns.iter().map(guess).collect()
}

/// Columns of both samples by how they were guessed.
#[derive(Debug, Default)]
struct Guessed {
    right: usize,
    wrong: usize,
    not_at_all: usize,
}

/// Guesses the columns of both samples; `codelists` gives those to guess with.
fn guessed(codelists: impl Fn(&SourceDefinition) -> Codelists) -> Guessed {
    let mut guessed = Guessed::default();
    for name in SAMPLES {
        for (definition, path) in committed(name).1 {
            let guesses = guesses(&inspect(&path, &Given::default(), &codelists(&definition)).unwrap());
            for (header, expected) in targets(&definition) {
                match &guesses[&with_cedillas(&header)] {
                    guess if *guess == expected => guessed.right += 1,
                    guess if guess.is_empty() => guessed.not_at_all += 1,
                    guess => {
                        guessed.wrong += 1;
                        println!("{} {header}: {guess:?}, expected {expected:?}", definition.name);
                    }
                }
            }
        }
    }
    println!("{guessed:?}");
    guessed
}

/// The shipped codelists, where `headers` has only the lines that pass.
fn shipped(keep: impl Fn(&str) -> bool) -> Codelists {
    let texts: Vec<CodelistText> = default_codelists()
        .into_iter()
        .filter_map(|text| {
            let name = text.name.strip_suffix(".csv")?.to_owned();
            let lines = text.text.lines().filter(|line| name != "headers" || keep(line));
            Some(CodelistText {
                text: lines.map(|line| format!("{line}\n")).collect(),
                origin: text.name,
                name,
            })
        })
        .collect();
    Codelists::read(&texts, &[]).unwrap()
}

#[test]
fn the_columns_of_the_samples_are_known() {
    let guessed = guessed(|_| shipped(|_| true));
    assert!(
        guessed.right >= 300 && guessed.wrong + guessed.not_at_all <= 1,
        "{guessed:?}"
    );
}

#[test]
fn a_column_whose_header_is_not_known_is_guessed_by_its_values_or_not_at_all() {
    // The headers of the source itself are taken from the list, so that it is new to the program.
    let guessed = guessed(|definition| {
        let own: BTreeSet<String> = targets(definition).into_keys().collect();
        shipped(|line| !own.contains(line.split(',').next().unwrap().trim_matches('"')))
    });
    assert!(guessed.right >= 150, "{guessed:?}");
    assert!(guessed.wrong <= 15, "{guessed:?}");
}

/// The draft with what it says is missing filled in from the sample's own definition.
fn completed(draft: &str, definition: &SourceDefinition) -> String {
    let mut text = draft.replace(
        "authority   = \"\"",
        &format!("authority   = \"{}\"", definition.authority),
    );
    text = text.replace("exported_on = {}", "exported_on = { value = 2026-01-15 }");
    let filled: Vec<String> = definition
        .constants
        .iter()
        .map(|(position, value)| (definition.data_set.fields()[*position].name, value))
        .filter(|(name, _)| text.contains(&format!("\n# {name} = \"\"")))
        .map(|(name, value)| format!("{name} = \"{value}\"\n"))
        .collect();
    if !filled.is_empty() {
        text.push_str(&format!("\n[constants]\n{}", filled.concat()));
    }
    text
}

#[test]
fn the_draft_of_every_sample_file_is_a_definition_that_normalises_it() {
    for name in SAMPLES {
        let (project, files) = committed(name);
        for (definition, path) in files {
            let inspection = inspect(&path, &Given::default(), &project.codelists).unwrap();
            let draft = draft(
                &inspection,
                &project.codelists,
                Some(&project.settings.state),
                Values::Hidden,
            );
            let text = completed(&draft, &definition);
            let read = SourceDefinition::read("draft", &text, &project.codelists);
            assert!(read.is_ok(), "{}: {}\n{text}", definition.name, read.unwrap_err());
            let fresh = TestProject::new();
            fresh.write("rogatory.toml", fs::read(sample(name).join("rogatory.toml")).unwrap());
            fresh.write("sources/draft.toml", &text);
            let file = path.file_name().unwrap().to_str().unwrap();
            fresh.write(&format!("exports/{file}"), fs::read(&path).unwrap());
            let answer = fresh.run(&["normalise"]);
            assert!(answer.code <= 1, "{file}: {}\n{text}", answer.stderr);
            let account = fresh.account();
            let accounts: Vec<u64> = account.split(',').map(|number| number.parse().unwrap_or(0)).collect();
            assert!(accounts[0] > 0, "{file} was refused: {}\n{text}", answer.stderr);
            println!("{file}: read, accepted, quarantined, superseded {account}");
        }
    }
}

#[test]
fn no_content_of_a_cell_is_printed_unless_asked_for() {
    for name in SAMPLES {
        let (project, files) = committed(name);
        for (definition, path) in files
            .iter()
            .filter(|(definition, _)| definition.format.kind == FormatType::Csv)
        {
            let inspection = inspect(path, &Given::default(), &project.codelists).unwrap();
            let printed = [
                text_report(&inspection, Values::Hidden),
                json_report(&inspection, Values::Hidden),
                draft(&inspection, &project.codelists, None, Values::Hidden),
            ]
            .concat();
            let asked = text_report(&inspection, Values::Shown);
            let rows = rows_by_definition(definition, path);
            let cells: BTreeSet<&String> = rows[1..].iter().flatten().collect();
            // File numbers, dates and the filler of columns with persons' data: what can't stand in the report by chance.
            let telling = |cell: &&&String| {
                let digits = cell.chars().any(|c| c.is_ascii_digit()) && cell.chars().any(|c| !c.is_ascii_digit());
                cell.starts_with('(') || cell.len() >= 6 && digits && !inspection.name.contains(cell.as_str())
            };
            let telling: Vec<&&String> = cells.iter().filter(telling).collect();
            assert!(!telling.is_empty());
            for cell in &telling {
                assert!(
                    !printed.contains(cell.as_str()),
                    "{}: {cell}\n{printed}",
                    definition.name
                );
            }
            assert!(telling.iter().any(|cell| asked.contains(cell.as_str())), "{asked}");
        }
    }
}

#[track_caller]
fn refuses(name: &str, content: &[u8], texts: &[&str]) {
    let project = TestProject::new();
    let path = project.write(name, content);
    project.run(&["inspect", path.to_str().unwrap()]).exits(2).says(texts);
}

#[test]
fn what_is_no_table_is_refused_with_what_to_do() {
    refuses("a.csv", b"", &["is empty"]);
    refuses("a.csv", b"\r\n  \n", &["nothing but blank lines"]);
    refuses("a.csv", b"%PDF-1.7 x", &["is a PDF", "ask for the export"]);
    refuses("a.csv", b"\x1f\x8b\x08\0\0", &["gzip", "gunzip"]);
    refuses("a.csv", b"<!DOCTYPE html><html>", &["web page", "log in"]);
    refuses("a.xls", b"<table border=\"1\">\n<tr><td>1</td></tr>\n", &["web page"]);
    refuses("a.csv", b"PK\x03\x04 broken", &["broken off"]);
    refuses(
        "a.csv",
        &[b"a,b\n\0\x01\x02\0\0\x03".as_slice(), &[0, 0x11, 0x80].repeat(200)].concat(),
        &["binary data"],
    );
    refuses("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", &["can't be read"]);
    refuses("a.json", b"{\"a\": [1, 2}", &["begins like JSON", "line 1"]);
    refuses("a.json", b"{\"a\": [1, 2]}\n[", &["begins like JSON"]);
    refuses("a.csv", &vec![b'x'; 3 << 20], &["no line end", "--record-end"]);
}

#[test]
fn a_few_nul_characters_are_told_and_do_not_make_it_utf_16() {
    let project = TestProject::new();
    let path = project.write("a.csv", b"a;b\n1;\0\n2;3\n4;5\n");
    let report = project.run(&["inspect", path.to_str().unwrap()]).exits(0);
    assert!(report.stdout.contains("1 NUL character is in it"), "{}", report.stdout);
    assert!(report.stdout.contains("utf-8"), "{}", report.stdout);
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_name() {
    let project = TestProject::new();
    let path = project.write("exports/requests_2025.csv", "a,b\n1,2\n");
    let wrong = path.with_file_name("request_2025.csv");
    project
        .run(&["inspect", wrong.to_str().unwrap()])
        .exits(2)
        .says(&["there is no file", "requests_2025.csv"]);
    project
        .run(&["inspect", path.parent().unwrap().to_str().unwrap()])
        .exits(2)
        .says(&["is a folder", "requests_2025.csv"]);
    let path = path.to_str().unwrap();
    project
        .run(&["inspect", path, "--encoding", "klingon"])
        .exits(2)
        .says(&["klingon", "windows-1250"]);
    project
        .run(&["inspect", path, "--sheet", "x"])
        .exits(2)
        .says(&["--sheet does not apply"]);
    project
        .run(&["inspect", path, "--delimiter", ""])
        .exits(2)
        .says(&["--delimiter is empty"]);
    project
        .run(&["inspect", path, "--quote", "ab"])
        .exits(2)
        .says(&["one character"]);
}

#[track_caller]
fn rows(content: &[u8], options: &[&str], expected: &str) {
    let project = TestProject::new();
    let path = project.write("a.csv", content);
    let arguments = [&["inspect", path.to_str().unwrap(), "--rows", "csv"], options].concat();
    let answer = project.run(&arguments).exits(0);
    assert_eq!(answer.stdout, expected, "{options:?}\n{}", answer.stderr);
}

#[test]
fn rows_are_read_as_the_options_say() {
    rows(
        b"a, b\n1, 2, 3\n",
        &["--delimiter", ", ", "--header-rows", "1", "--skip-lines", "0"],
        "a,b\r\n1,2,3\r\n",
    );
    rows(
        b"a;b\rc;d\n;e\r",
        &["--delimiter", ";", "--record-end", "\\r", "--header-rows", "0"],
        "a,b\r\nc,\"d\n\",e\r\n",
    );
    rows(
        b"x\ny\na|b\n1|2\n",
        &["--delimiter", "|", "--skip-lines", "2", "--header-rows", "1"],
        "a,b\r\n1,2\r\n",
    );
    rows(
        b"a\tb\n'1\t''2'\t3\n",
        &[
            "--delimiter",
            "\\t",
            "--quote",
            "'",
            "--escape",
            "'",
            "--header-rows",
            "1",
        ],
        "a,b\r\n1\t'2,3\r\n",
    );
    rows(
        b"a,b\n\"1\\\",\",2\n",
        &[
            "--delimiter",
            ",",
            "--quote",
            "\"",
            "--escape",
            "\\",
            "--header-rows",
            "1",
        ],
        "a,b\r\n\"1\"\",\",2\r\n",
    );
    rows(
        b"a,b\n\"1,2\n",
        &["--delimiter", ",", "--quote", "", "--header-rows", "1"],
        "a,b\r\n\"\"\"1\",2\r\n",
    );
    rows(
        b"G,,H\na,b,c\n1,2,3\n",
        &["--delimiter", ",", "--skip-lines", "0", "--header-rows", "2"],
        "G / a,b,H / c\r\n1,2,3\r\n",
    );
    rows(
        b"\xde,b\n1,2\n",
        &["--encoding", "windows-1250", "--delimiter", ",", "--header-rows", "1"],
        "Ţ,b\r\n1,2\r\n",
    );
}

#[test]
fn rows_of_a_sheet_are_written_as_they_stand() {
    let project = TestProject::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/requests.xls");
    let answer = project
        .run(&["inspect", path.to_str().unwrap(), "--rows", "csv"])
        .exits(0);
    assert!(answer.stdout.lines().count() > 1, "{}", answer.stdout);
    let report = project.run(&["inspect", path.to_str().unwrap()]).exits(0);
    assert!(report.stdout.contains("workbook (xls)"), "{}", report.stdout);
}

#[test]
fn a_long_file_is_looked_at_in_parts_and_written_whole() {
    let project = TestProject::new();
    let mut text = "Nr. dosar;Statul;Data primirii\n".to_owned();
    let mut count = 0;
    while text.len() < 9 << 20 {
        count += 1;
        text.push_str(&format!(
            "{count}/2025;\"Bosnia; și\nHerțegovina\";{:02}.03.2025\n",
            1 + count % 28
        ));
    }
    let path = project.write("long.csv", &text);
    let report = project.run(&["inspect", path.to_str().unwrap()]).exits(0);
    for expected in ["were looked at", "`;`", "date dd.mm.yyyy", "reference", "received_on"] {
        assert!(report.stdout.contains(expected), "{expected}\n{}", report.stdout);
    }
    let rows = project
        .run(&["inspect", path.to_str().unwrap(), "--rows", "csv"])
        .exits(0);
    assert_eq!(
        read_csv(&rows.stdout, b',', Some(b'"')),
        read_csv(&text, b';', Some(b'"'))
    );
    assert!(rows.stderr.contains(&format!("{count} rows")), "{}", rows.stderr);
}

#[test]
fn a_file_without_header_shows_no_names_and_says_what_to_do() {
    let project = TestProject::new();
    let path = project.write(
        "a.csv",
        "7/25;Franța;10.01.2025\n8/25;Italia;11.01.2025\n9/25;Spania;12.01.2025\n",
    );
    let report = project.run(&["inspect", path.to_str().unwrap()]).exits(0);
    assert!(
        !report.stdout.contains("Fran") && report.stdout.contains("#2"),
        "{}",
        report.stdout
    );
    let draft = project.run(&["inspect", path.to_str().unwrap(), "--draft"]).exits(0);
    assert!(draft.stdout.contains("The file has no header"), "{}", draft.stdout);
    assert!(!draft.stdout.contains("Fran"), "{}", draft.stdout);
}

#[test]
fn a_header_in_which_no_name_is_known_is_not_shown_unless_it_is_given() {
    let project = TestProject::new();
    let content = "Alpha;Beta;Gamma\nDelta;02.03.2024;12\nEpsilon;05.03.2024;15\nZeta;06.03.2024;17\n";
    let path = project.write("a.csv", content);
    let file = path.to_str().unwrap();
    let report = project.run(&["inspect", file]).exits(0).says(&[]).stdout;
    assert!(
        !report.contains("Alpha") && report.contains("nothing in it is known"),
        "{report}"
    );
    let given = project.run(&["inspect", file, "--header-rows", "1"]).exits(0).stdout;
    assert!(given.contains("Alpha") && !given.contains("Delta"), "{given}");
    for options in [["--header-rows", "9"], ["--skip-lines", "20"]] {
        project
            .run(&["inspect", file, options[0], options[1]])
            .exits(2)
            .says(&["behind the lines skipped"]);
    }
}

/// The pattern of a source's files.
fn pattern(definition: &SourceDefinition) -> &str {
    match &definition.origin {
        Origin::Folder { files } => files,
        Origin::Pull(_) => panic!("the samples' sources lie in exports/"),
    }
}
