//! Codelists: the codes that coded fields may hold, with names in several languages, and the recognition of what agencies write.
//!
//! Input: CSV texts. Output: [`Codelists`]. A spelling is recognised when it folds (see [`fold`]) like a code, an alias or a name; a
//! code outranks an alias and an alias a name, and a spelling that fits two codes of one rank is ambiguous, never guessed.
//! Which files the texts come from is decided by the project.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use crate::domain::fold::{fold, nearest_folded};

/// What a spelling was recognised as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognition {
    Code(String),
    /// The spelling fits these codes equally.
    Ambiguous(Vec<String>),
    /// No entry fits; the nearest ones as `code (name)`.
    Unknown {
        nearest: Vec<String>,
    },
}

/// A codelist can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CodelistError {
    #[error("{file}: {source}")]
    Csv { file: String, source: csv::Error },
    #[error("{file}, line {line}: code `{code}` stands twice")]
    Repeated { file: String, line: u64, code: String },
    #[error("{file}, line {line}: `{code}` is not a code of the codelist `{codelist}`")]
    UnknownCode {
        file: String,
        line: u64,
        codelist: String,
        code: String,
    },
    #[error("{file}: the codelist has no column `{found}`; it has {}", .known.join(", "))]
    UnknownColumn {
        file: String,
        found: String,
        known: Vec<String>,
    },
    #[error("{file}: `{column}` of `{code}` is `{found}`, expected {expected}")]
    Value {
        file: String,
        code: String,
        column: &'static str,
        found: String,
        expected: &'static str,
    },
    #[error("{file}, line {line}: the alias `{alias}` for `{code}` is the code or a name of {other}")]
    AliasTaken {
        file: String,
        line: u64,
        alias: String,
        code: String,
        other: String,
    },
    #[error("{file}, line {line}: there is no codelist `{codelist}`")]
    UnknownCodelist { file: String, line: u64, codelist: String },
    #[error(
        "the codelist `{codelist}` has {found} codes; at most {MOST_CODES} are possible, so leave out those that no source uses"
    )]
    TooManyCodes { codelist: String, found: usize },
}

/// A code is kept by its position in sixteen bits while rows are read.
const MOST_CODES: usize = 1 << 15;

/// The text of one CSV file of `codelists/`.
#[derive(Clone, Debug)]
pub struct CodelistText {
    /// File stem: the codelist's name.
    pub name: String,
    /// Where the text comes from, for messages.
    pub origin: String,
    pub text: String,
}

/// One codelist: a table whose first column is `code`. A file with another first column is kept as a plain table, without codes.
#[derive(Clone, Debug, Default)]
pub struct Codelist {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    by_code: HashMap<String, usize>,
    spellings: HashMap<String, Spelling>,
    prefixes: Vec<String>,
}

/// The codes (row numbers) that a folded spelling fits, and the rank of the evidence.
#[derive(Clone, Debug)]
struct Spelling {
    rank: Rank,
    rows: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    Alias,
    /// An alias that the project itself declares.
    ProjectAlias,
    Code,
}

impl Codelist {
    /// The code's row number.
    fn row(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// The position of `code` among the codes.
    pub fn position(&self, code: &str) -> Option<usize> {
        self.row(code)
    }

    /// Whether `code` is one of the codes, as written.
    pub fn has(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// The codes, in the order of the file.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row[0].as_str())
    }

    /// What stands in `column` for `code`, if it is not empty.
    pub fn attribute(&self, code: &str, column: &str) -> Option<&str> {
        let position = self.header.iter().position(|name| name == column)?;
        Some(self.rows[self.row(code)?][position].as_str()).filter(|text| !text.is_empty())
    }

    /// The printed name of `code` in `language` (a tag such as `sr-Latn`), else in English, else nothing.
    pub fn label(&self, code: &str, language: &str) -> Option<&str> {
        let column = language.to_lowercase().replace('-', "_");
        self.attribute(code, &column).or_else(|| self.attribute(code, "en"))
    }

    /// What `text`, as an agency wrote it, means.
    pub fn recognise(&self, text: &str) -> Recognition {
        if self.has(text) {
            return Recognition::Code(text.to_owned());
        }
        match self.spelling(&fold(text)) {
            Some(spelling) if spelling.rows.len() == 1 => Recognition::Code(self.rows[spelling.rows[0]][0].clone()),
            Some(spelling) => Recognition::Ambiguous(spelling.rows.iter().map(|row| self.described(*row)).collect()),
            None => Recognition::Unknown {
                nearest: self.nearest(text),
            },
        }
    }

    /// Whether `text` means one code.
    pub fn knows(&self, text: &str) -> bool {
        self.has(text)
            || self
                .spelling(&fold(text))
                .is_some_and(|spelling| spelling.rows.len() == 1)
    }

    /// What the folded text is known as.
    fn spelling(&self, folded: &str) -> Option<&Spelling> {
        let spelling = |folded: &str| self.spellings.get(folded);
        spelling(folded)
            .or_else(|| spelling(self.without_prefix(folded)?))
            .or_else(|| spelling(self.without_suffix(folded)?))
    }

    /// The folded text without a leading "republic of" and the like.
    fn without_prefix<'t>(&self, folded: &'t str) -> Option<&'t str> {
        self.prefixes
            .iter()
            .find_map(|prefix| folded.strip_prefix(prefix.as_str())?.strip_prefix(' '))
    }

    /// The folded text without a trailing one, as in "Moldova, Republic of".
    fn without_suffix<'t>(&self, folded: &'t str) -> Option<&'t str> {
        self.prefixes
            .iter()
            .find_map(|prefix| folded.strip_suffix(prefix.as_str())?.strip_suffix(' '))
    }

    fn described(&self, row: usize) -> String {
        let code = &self.rows[row][0];
        match self.label(code, "en") {
            Some(name) => format!("{code} ({name})"),
            None => code.clone(),
        }
    }

    /// The three entries with the nearest spellings.
    fn nearest(&self, text: &str) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for spelling in nearest_folded(&fold(text), self.spellings.keys().map(String::as_str), 12) {
            for row in &self.spellings[spelling].rows {
                let entry = self.described(*row);
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
        }
        entries.truncate(3);
        entries
    }

    /// The other entry whose code or name the folded spelling is.
    fn taken(&self, folded: &str, row: usize) -> Option<String> {
        let spelling = self.spellings.get(folded)?;
        let of_entry = matches!(spelling.rank, Rank::Name | Rank::Code) && !spelling.rows.contains(&row);
        of_entry.then(|| self.described(spelling.rows[0]))
    }

    fn learn(&mut self, folded: String, row: usize, rank: Rank) {
        if folded.is_empty() {
            return;
        }
        let spelling = self
            .spellings
            .entry(folded)
            .or_insert(Spelling { rank, rows: Vec::new() });
        if rank > spelling.rank {
            *spelling = Spelling { rank, rows: Vec::new() };
        }
        if rank == spelling.rank && !spelling.rows.contains(&row) {
            spelling.rows.push(row);
        }
    }

    fn learn_rows(&mut self) {
        let names: Vec<usize> = NAME_COLUMNS
            .iter()
            .filter_map(|column| self.header.iter().position(|name| name == column))
            .collect();
        let alpha3 = self.header.iter().position(|name| name == "alpha3");
        for row in 0..self.rows.len() {
            let code = self.rows[row][0].clone();
            self.learn(fold(&code), row, Rank::Code);
            if let Some(column) = alpha3 {
                let code = fold(&self.rows[row][column]);
                self.learn(code, row, Rank::Code);
            }
            for column in &names {
                let name = self.rows[row][*column].clone();
                self.learn(fold(&name), row, Rank::Name);
            }
        }
    }
}

/// Columns that hold names of an entry.
const NAME_COLUMNS: [&str; 4] = ["en", "ro", "sr_latn", "sr_cyrl"];

/// Files of `codelists/` that are about other codelists: names of States, aliases, and the words stripped from names of States.
const ABOUT_OTHERS: [&str; 3] = ["state_names", "aliases", "state_prefixes"];

/// Whether the text is a date as codelists write it, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// All codelists by name.
#[derive(Clone, Debug, Default)]
pub struct Codelists(BTreeMap<String, Codelist>);

impl Codelists {
    /// Reads the default texts, then lays the project's over them: by code, the project's row wins; aliases are added.
    ///
    /// # Errors
    /// A text that isn't CSV or repeats a code, or an alias of an unknown codelist or code.
    pub fn read(defaults: &[CodelistText], project: &[CodelistText]) -> Result<Self, CodelistError> {
        let mut codelists = Codelists::default();
        for text in defaults.iter().chain(project) {
            if !ABOUT_OTHERS.contains(&text.name.as_str()) {
                codelists.lay_over(text)?;
            }
        }
        for text in defaults
            .iter()
            .chain(project)
            .filter(|text| text.name == "state_prefixes")
        {
            codelists.read_prefixes(text)?;
        }
        for (name, codelist) in &mut codelists.0 {
            if codelist.by_code.len() > MOST_CODES {
                let (codelist, found) = (name.clone(), codelist.by_code.len());
                return Err(CodelistError::TooManyCodes { codelist, found });
            }
            codelist.learn_rows();
        }
        for text in defaults.iter().chain(project).filter(|text| text.name == "state_names") {
            codelists.read_state_names(text)?;
        }
        for (texts, rank) in [(defaults, Rank::Alias), (project, Rank::ProjectAlias)] {
            for text in texts.iter().filter(|text| text.name == "aliases") {
                codelists.read_aliases(text, rank)?;
            }
        }
        codelists.check_attributes()?;
        Ok(codelists)
    }

    /// What the program itself reads from codelists must be readable: outcomes resolve or don't, forms have a family, days of
    /// membership and of application are dates.
    fn check_attributes(&self) -> Result<(), CodelistError> {
        let families = self.get("families");
        let yes_or_no = |text: Option<&str>| matches!(text, Some("yes" | "no"));
        let known_family =
            |text: Option<&str>| text.is_some_and(|text| families.is_some_and(|families| families.has(text)));
        self.check_column("outcomes", "resolves", "yes or no", yes_or_no)?;
        self.check_column("outcomes", "executes", "yes or no", yes_or_no)?;
        self.check_column("forms", "family", "a code of families.csv", known_family)?;
        self.check_column(
            "mutual_recognition",
            "applies_from",
            "a date such as 2017-05-22",
            |text| text.is_some_and(is_date),
        )?;
        for column in ["eu_from", "eu_to"] {
            let expected = "a date such as 2007-01-01, or nothing";
            self.check_column("states", column, expected, |text| text.is_none_or(is_date))?;
        }
        Ok(())
    }

    fn check_column(
        &self,
        name: &str,
        column: &'static str,
        expected: &'static str,
        valid: impl Fn(Option<&str>) -> bool,
    ) -> Result<(), CodelistError> {
        let Some(codelist) = self.get(name) else { return Ok(()) };
        match codelist.codes().find(|code| !valid(codelist.attribute(code, column))) {
            Some(code) => Err(CodelistError::Value {
                file: format!("{name}.csv"),
                code: code.to_owned(),
                column,
                found: codelist.attribute(code, column).unwrap_or_default().to_owned(),
                expected,
            }),
            None => Ok(()),
        }
    }

    /// The codelist called `name`.
    pub fn get(&self, name: &str) -> Option<&Codelist> {
        self.0.get(name)
    }

    /// Every codelist with its name, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Codelist)> {
        self.0.iter().map(|(name, codelist)| (name.as_str(), codelist))
    }

    fn lay_over(&mut self, text: &CodelistText) -> Result<(), CodelistError> {
        let (header, records) = records(text)?;
        let keyed = header.first().is_some_and(|name| name == "code");
        let codelist = self.0.entry(text.name.clone()).or_default();
        if codelist.header.is_empty() {
            codelist.header = header.clone();
        }
        if let Some(found) = header.iter().find(|name| !codelist.header.contains(name)) {
            let (file, found, known) = (text.origin.clone(), found.clone(), codelist.header.clone());
            return Err(CodelistError::UnknownColumn { file, found, known });
        }
        let mut seen = HashMap::new();
        for (line, record) in records {
            let row: Vec<String> = codelist
                .header
                .iter()
                .map(|name| value(&header, &record, name))
                .collect();
            if !keyed {
                codelist.rows.push(row);
                continue;
            }
            let code = row[0].clone();
            if seen.insert(code.clone(), line).is_some() {
                return Err(CodelistError::Repeated {
                    file: text.origin.clone(),
                    line,
                    code,
                });
            }
            match codelist.by_code.get(&code) {
                Some(existing) => codelist.rows[*existing] = row,
                None => {
                    codelist.by_code.insert(code, codelist.rows.len());
                    codelist.rows.push(row);
                }
            }
        }
        Ok(())
    }

    fn read_prefixes(&mut self, text: &CodelistText) -> Result<(), CodelistError> {
        let (_, records) = records(text)?;
        if let Some(states) = self.0.get_mut("states") {
            states
                .prefixes
                .extend(records.iter().map(|(_, record)| fold(&record[0])));
            states
                .prefixes
                .sort_by_key(|prefix| (std::cmp::Reverse(prefix.len()), prefix.clone()));
        }
        Ok(())
    }

    fn read_state_names(&mut self, text: &CodelistText) -> Result<(), CodelistError> {
        let (header, records) = records(text)?;
        for (line, record) in records {
            let code = value(&header, &record, "code");
            let row = self.known(text, line, "states", &code)?;
            if let Some(states) = self.0.get_mut("states") {
                states.learn(fold(&value(&header, &record, "name")), row, Rank::Name);
            }
        }
        Ok(())
    }

    fn read_aliases(&mut self, text: &CodelistText, rank: Rank) -> Result<(), CodelistError> {
        let (header, records) = records(text)?;
        for (line, record) in records {
            let name = value(&header, &record, "codelist");
            let row = self.known(text, line, &name, &value(&header, &record, "code"))?;
            let alias = value(&header, &record, "alias");
            if let Some(codelist) = self.0.get_mut(&name) {
                match codelist.taken(&fold(&alias), row) {
                    None => codelist.learn(fold(&alias), row, rank),
                    // A project's own entry has the name: it outranks an alias of ours.
                    Some(_) if rank == Rank::Alias => {}
                    Some(other) => {
                        let (file, code) = (text.origin.clone(), value(&header, &record, "code"));
                        return Err(CodelistError::AliasTaken {
                            file,
                            line,
                            alias,
                            code,
                            other,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    fn known(&self, text: &CodelistText, line: u64, name: &str, code: &str) -> Result<usize, CodelistError> {
        let file = text.origin.clone();
        let Some(codelist) = self.0.get(name) else {
            return Err(CodelistError::UnknownCodelist {
                file,
                line,
                codelist: name.to_owned(),
            });
        };
        let unknown = || CodelistError::UnknownCode {
            file,
            line,
            codelist: name.to_owned(),
            code: code.to_owned(),
        };
        codelist.row(code).ok_or_else(unknown)
    }
}

type Records = Vec<(u64, csv::StringRecord)>;

fn records(text: &CodelistText) -> Result<(Vec<String>, Records), CodelistError> {
    let failed = |source| CodelistError::Csv {
        file: text.origin.clone(),
        source,
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.text.as_bytes());
    let header = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        records.push((record.position().map_or(0, csv::Position::line), record));
    }
    Ok((header, records))
}

fn value(header: &[String], record: &csv::StringRecord, column: &str) -> String {
    let position = header.iter().position(|name| name == column);
    position
        .and_then(|position| record.get(position))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{CodelistText, Codelists, Recognition};

    fn text(name: &str, text: &str) -> CodelistText {
        CodelistText {
            name: name.to_owned(),
            origin: format!("{name}.csv"),
            text: text.to_owned(),
        }
    }

    fn states() -> Codelists {
        let defaults = [
            text(
                "states",
                "code,alpha3,en,ro\nMD,MDA,Moldova,Republica Moldova\nCG,COG,Congo - Brazzaville,\nCD,COD,Congo - Kinshasa,\nIE,IRL,Ireland,Irlanda\n",
            ),
            text(
                "state_names",
                "code,language,name\nCG,fr,Congo\nCD,ro,Congo\nMD,sr-Cyrl,Молдавија\n",
            ),
            text("aliases", "codelist,alias,code\nstates,Eire,IE\n"),
            text("state_prefixes", "prefix\nrepublic of\nrepublica\nrep\nрепублика\n"),
        ];
        Codelists::read(&defaults, &[text("aliases", "codelist,alias,code\nstates,Eire,MD\n")]).unwrap()
    }

    #[test]
    fn what_agencies_write_is_recognised() {
        let codelists = states();
        let states = codelists.get("states").unwrap();
        let cases = [
            ("MD", "MD"),
            ("md", "MD"),
            ("MDA", "MD"),
            ("moldova", "MD"),
            ("Rep. Moldova", "MD"),
            ("Moldova, Republic of", "MD"),
            ("Република Молдавија", "MD"),
            ("REPUBLIC OF IRELAND", "IE"),
        ];
        for (written, code) in cases {
            assert_eq!(
                states.recognise(written),
                Recognition::Code(code.to_owned()),
                "{written}"
            );
        }
    }

    #[test]
    fn a_projects_own_entry_outranks_a_shipped_alias_and_its_aliases_must_not_take_names() {
        let defaults = [
            text("states", "code,en\nIE,Ireland\nFR,France\n"),
            text("aliases", "codelist,alias,code\nstates,Eire,IE\n"),
        ];
        let own = Codelists::read(&defaults, &[text("states", "code,en\nZZ,Eire\n")]).unwrap();
        let recognised = own.get("states").unwrap().recognise("eire");
        assert_eq!(recognised, Recognition::Code("ZZ".to_owned()));
        let taken = Codelists::read(&defaults, &[text("aliases", "codelist,alias,code\nstates,France,IE\n")]);
        assert!(taken.is_err_and(|error| error.to_string().contains("FR (France)")));
    }

    #[test]
    fn a_name_of_two_states_is_ambiguous_and_the_project_outranks_the_defaults() {
        let codelists = states();
        let states = codelists.get("states").unwrap();
        assert!(matches!(states.recognise("Congo"), Recognition::Ambiguous(codes) if codes.len() == 2));
        assert_eq!(states.recognise("Eire"), Recognition::Code("MD".to_owned()));
        assert!(
            matches!(states.recognise("Moldava"), Recognition::Unknown { nearest } if nearest[0] == "MD (Moldova)")
        );
    }

    #[test]
    fn days_of_membership_and_of_application_are_dates() {
        let check = |name: &str, text_of: &str, expected: Option<&str>| {
            let read = Codelists::read(&[text(name, text_of)], &[]);
            assert_eq!(
                read.err().map(|error| error.to_string()).as_deref(),
                expected,
                "{text_of}"
            );
        };
        check("states", "code,eu_from,eu_to\nRO,2007-01-01,\nRS,,\n", None);
        check(
            "states",
            "code,eu_from,eu_to\nRS,1.7.2030,\n",
            Some("states.csv: `eu_from` of `RS` is `1.7.2030`, expected a date such as 2007-01-01, or nothing"),
        );
        check("mutual_recognition", "code,applies_from\nEIO,2017-05-22\n", None);
        check(
            "mutual_recognition",
            "code,applies_from\nEIO,\n",
            Some("mutual_recognition.csv: `applies_from` of `EIO` is ``, expected a date such as 2017-05-22"),
        );
    }
}
