//! Export files: which of them belong to a source, when they were made, and reading them whatever their format.
//!
//! Input: the folder of exports, or those that are kept elsewhere, and a definition. Output: [`Export`]s ordered by date and name, and the chunks that a mapper makes of one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use crate::domain::date_pattern::{MonthNames, read_date};
use crate::domain::digest::hexadecimal;
use crate::domain::source::{ExportedOn, FormatType, SourceDefinition};
use crate::normalise::cell::{Cell, Layout, Row, RowMapper};
use crate::normalise::delimited::{self, read_delimited};
use crate::normalise::fault::FileFault;
use crate::normalise::json::read_json;
use crate::normalise::workbook::read_workbook;

/// An export that is kept elsewhere than in the folder of exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptExport {
    /// The file's name.
    pub name: String,
    pub sha256: String,
    /// Place in the order in which the source's exports came.
    pub arrival: i64,
    /// The day on which it came.
    pub arrived_on: Date,
}

/// Gives out the bytes of kept exports.
pub trait Keeper: Send + Sync {
    /// The bytes of the export with this SHA-256, checked, in a temporary file.
    ///
    /// # Errors
    /// The bytes are not there or not what they were.
    fn extract(&self, sha256: &str) -> Result<TempPath, KeeperError>;
}

/// Why a keeper can't give out an export.
pub type KeeperError = Box<dyn std::error::Error + Send + Sync>;

/// One file of a source.
pub struct Export {
    /// The file's name.
    pub name: String,
    place: Place,
    sha256: OnceLock<String>,
}

/// Where an export's bytes are.
enum Place {
    Folder(PathBuf),
    Kept {
        keeper: Arc<dyn Keeper>,
        arrival: i64,
        arrived_on: Date,
        extracted: OnceLock<TempPath>,
    },
}

impl Export {
    /// The export as its keeper has it.
    pub fn kept(kept: &KeptExport, keeper: &Arc<dyn Keeper>) -> Export {
        Export {
            name: kept.name.clone(),
            place: Place::Kept {
                keeper: Arc::clone(keeper),
                arrival: kept.arrival,
                arrived_on: kept.arrived_on,
                extracted: OnceLock::new(),
            },
            sha256: OnceLock::from(kept.sha256.clone()),
        }
    }

    /// Place in the order of arrival; nothing for a file in the folder.
    pub fn arrival(&self) -> Option<i64> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Kept { arrival, .. } => Some(*arrival),
        }
    }

    /// A file that holds its bytes. A kept export is extracted when it is asked for first.
    ///
    /// # Errors
    /// The keeper can't give it out.
    pub fn path(&self) -> Result<&Path, FileFault> {
        match &self.place {
            Place::Folder(path) => Ok(path),
            Place::Kept { keeper, extracted, .. } => {
                if let Some(path) = extracted.get() {
                    return Ok(path);
                }
                let path = keeper.extract(self.sha256()?).map_err(FileFault::Kept)?;
                Ok(extracted.get_or_init(|| path))
            }
        }
    }

    /// Removes the temporary file of a kept export; it is extracted again if it is needed again.
    pub fn release(&mut self) {
        if let Place::Kept { extracted, .. } = &mut self.place {
            extracted.take();
        }
    }

    /// SHA-256 of its bytes, in hexadecimal; worked out when it is asked for first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn sha256(&self) -> Result<&str, FileFault> {
        if let Some(known) = self.sha256.get() {
            return Ok(known);
        }
        let sha256 = sha256_of(self.path()?)?;
        Ok(self.sha256.get_or_init(|| sha256))
    }
}

/// The files of `folder` whose names fit `pattern`, in the order of their names.
///
/// # Errors
/// The folder can't be read.
pub fn find_exports(folder: &Path, pattern: &str) -> Result<Vec<Export>, FileFault> {
    let names = list_files(folder)?
        .into_iter()
        .filter(|name| fits_pattern(name, pattern));
    let export = |name: String| Export {
        place: Place::Folder(folder.join(&name)),
        name,
        sha256: OnceLock::new(),
    };
    Ok(names.map(export).collect())
}

/// The names of all files in the folder but hidden ones, sorted.
///
/// # Errors
/// The folder can't be read.
pub fn list_files(folder: &Path) -> Result<Vec<String>, FileFault> {
    let io = |source| FileFault::Io {
        path: folder.to_owned(),
        source,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a file name fits a pattern with `*` and `?`.
pub fn fits_pattern(name: &str, pattern: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    match pattern_rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = pattern_rest.as_str();
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| fits_pattern(&name[at..], rest))
        }
        Some(wanted) => {
            let mut name_rest = name.chars();
            name_rest.next().is_some_and(|found| wanted == '?' || wanted == found)
                && fits_pattern(name_rest.as_str(), pattern_rest.as_str())
        }
    }
}

fn sha256_of(path: &Path) -> Result<String, FileFault> {
    let io = |source| FileFault::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(io)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// The day on which the export was made.
///
/// # Errors
/// The date is not where the definition says.
pub fn exported_on(export: &Export, definition: &SourceDefinition, months: &MonthNames) -> Result<Date, FileFault> {
    match &definition.exported_on {
        ExportedOn::Value(date) => Ok(*date),
        ExportedOn::Arrival => match &export.place {
            Place::Kept { arrived_on, .. } => Ok(*arrived_on),
            Place::Folder(_) => Err(FileFault::ExportedOn {
                problem: "a file in exports/ has no day of arrival".to_owned(),
            }),
        },
        ExportedOn::FileName(pattern) => date_in_name(&export.name, pattern).ok_or_else(|| FileFault::ExportedOn {
            problem: format!(
                "the file name `{}` does not hold a date as `{pattern}` says",
                export.name
            ),
        }),
        ExportedOn::Cell { column, row, dates } => {
            let titles = read_titles(export, definition)?;
            let cell = titles
                .get(*row as usize - 1)
                .and_then(|cells| cells.get(*column))
                .unwrap_or(&Cell::Empty);
            if let Cell::Moment(moment) = cell {
                return Ok(moment.date);
            }
            let text = cell.text();
            let date = read_date(text.trim(), dates, months).map(|moment| moment.date);
            date.map_err(|_| FileFault::ExportedOn {
                problem: format!(
                    "row {row}, column {} holds `{}`, not a date as `dates` says",
                    column + 1,
                    text.trim()
                ),
            })
        }
    }
}

/// The rows above the header.
fn read_titles(export: &Export, definition: &SourceDefinition) -> Result<Vec<Vec<Cell<'static>>>, FileFault> {
    if definition.format.kind == FormatType::Csv {
        return delimited::read_titles(export.path()?, &definition.format);
    }
    let mut titles = Vec::new();
    read_rows(export, definition, |layout| {
        titles.clone_from(&layout.titles);
        Ok(|| Ignore)
    })?;
    Ok(titles)
}

/// Takes rows and makes nothing of them.
struct Ignore;

impl RowMapper for Ignore {
    type Chunk = ();
    fn row(&mut self, _: &Row<'_>) {}
    fn finish_chunk(&mut self) {}
}

/// The date in a file name: the pattern is found anywhere in it, `{*}` stands for any text.
fn date_in_name(name: &str, pattern: &str) -> Option<Date> {
    name.char_indices()
        .map(|(at, _)| at)
        .find_map(|at| date_at(&name[at..], pattern, &mut DateParts::default()))
}

#[derive(Clone, Default)]
struct DateParts {
    year: i16,
    month: i8,
    day: i8,
}

fn date_at(text: &str, pattern: &str, parts: &mut DateParts) -> Option<Date> {
    let digits = |count: usize| {
        text.get(..count)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if pattern.is_empty() {
        return Date::new(parts.year, parts.month, parts.day).ok();
    }
    if let Some(rest) = pattern.strip_prefix("{yyyy}") {
        parts.year = digits(4)?.parse().ok()?;
        return date_at(&text[4..], rest, parts);
    }
    for (token, part) in [("{mm}", 0), ("{dd}", 1)] {
        if let Some(rest) = pattern.strip_prefix(token) {
            let number = digits(2)?.parse().ok()?;
            if part == 0 {
                parts.month = number
            } else {
                parts.day = number
            }
            return date_at(&text[2..], rest, parts);
        }
    }
    if let Some(rest) = pattern.strip_prefix("{*}") {
        let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        return ends.find_map(|at| date_at(&text[at..], rest, &mut parts.clone()));
    }
    let wanted = pattern.chars().next()?;
    let rest = text.strip_prefix(wanted)?;
    date_at(rest, &pattern[wanted.len_utf8()..], parts)
}

/// Reads the data rows of the export, whatever its format.
///
/// # Errors
/// The first fault of the file.
pub fn read_rows<M, F>(
    export: &Export,
    definition: &SourceDefinition,
    start: impl FnOnce(&Layout) -> Result<F, FileFault>,
) -> Result<Vec<M::Chunk>, FileFault>
where
    M: RowMapper,
    F: Fn() -> M + Sync,
{
    let format = &definition.format;
    let path = export.path()?;
    match format.kind {
        FormatType::Csv => read_delimited(path, format, start),
        FormatType::Xlsx | FormatType::Xls | FormatType::Ods => {
            read_workbook(path, format, |layout| start(layout).map(|new| new()))
        }
        FormatType::Json | FormatType::Jsonl => read_json(path, format, |layout| start(layout).map(|new| new())),
    }
}

#[cfg(test)]
mod tests {
    use super::{date_in_name, fits_pattern};

    #[test]
    fn file_patterns_are_those_of_a_shell() {
        let cases = [
            ("mj-2025.xlsx", "mj-*.xlsx", true),
            ("mj-2025.xlsx", "mj-????.xlsx", true),
            ("mj-2025.xlsx", "*", true),
            ("mj-2025.xlsx", "mj-*.csv", false),
            ("a", "", false),
            ("ștampilă.csv", "?tampil?.csv", true),
        ];
        for (name, pattern, expected) in cases {
            assert_eq!(fits_pattern(name, pattern), expected, "{name} {pattern}");
        }
    }

    #[test]
    fn dates_are_found_in_file_names() {
        let cases = [
            ("mj_20260115.csv", "_{yyyy}{mm}{dd}", Some("2026-01-15")),
            ("export 15.01.2026 final.csv", "{dd}.{mm}.{yyyy}", Some("2026-01-15")),
            ("a-2026-x-01-15.csv", "{yyyy}-{*}-{mm}-{dd}", Some("2026-01-15")),
            ("mj_20261315.csv", "_{yyyy}{mm}{dd}", None),
            ("mj.csv", "{yyyy}{mm}{dd}", None),
        ];
        for (name, pattern, expected) in cases {
            assert_eq!(
                date_in_name(name, pattern).map(|date| date.to_string()).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
