//! What a file is, by its first bytes: its name may say anything.

use std::io::Cursor;
use std::path::Path;

use crate::domain::source::FormatType;
use crate::inspect::error::InspectError;
use crate::inspect::sample::Sample;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Text in some encoding, delimited or JSON.
    Text,
    /// A workbook of this type.
    Workbook(FormatType),
}

const ASK_AGAIN: &str = "ask for the export again, as CSV, XLSX, XLS, ODS or JSON";

/// First bytes of what is no table, what it is, and what to do.
const NOT_TABLES: [(&[u8], &str, &str); 18] = [
    (b"%PDF", "a PDF", ASK_AGAIN),
    (b"\x1f\x8b", "compressed by gzip", "unpack it first: gunzip FILE"),
    (b"BZh", "compressed by bzip2", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ", "compressed by xz", "unpack it first: unxz FILE"),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed by zstd",
        "unpack it first: unzstd FILE",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x89PNG", "a picture (PNG)", ASK_AGAIN),
    (b"\xff\xd8\xff", "a picture (JPEG)", ASK_AGAIN),
    (b"GIF8", "a picture (GIF)", ASK_AGAIN),
    (b"II*\0", "a picture (TIFF)", ASK_AGAIN),
    (b"\x7fELF", "a program", ASK_AGAIN),
    (b"{\\rtf", "a text document (RTF)", ASK_AGAIN),
    (
        b"SQLite format 3\0",
        "an SQLite database",
        "export its table as CSV first: sqlite3 -csv -header FILE 'select * from TABLE'",
    ),
    (b"PAR1", "a Parquet file", "write it as CSV first"),
    (b"ARROW1", "an Arrow file", "write it as CSV first"),
    (
        b"-----BEGIN",
        "a certificate or an encrypted message",
        "decrypt it first",
    ),
    (
        b"\x00\x01\x00\x00Standard",
        "an Access database",
        "export its table as CSV first",
    ),
];

const WEB_PAGE: &str = "it may be a login or an error page saved under the export's name: log in and export again; if it is a table as some systems write it, open it in a spreadsheet program and save it as XLSX";

/// First words of text that is no table, in lower case.
const NOT_TABLE_TEXTS: [(&str, &str, &str); 11] = [
    ("<!doctype html", "a web page", WEB_PAGE),
    ("<html", "a web page", WEB_PAGE),
    ("<!--", "a web page", WEB_PAGE),
    ("<head", "a web page", WEB_PAGE),
    ("<body", "a web page", WEB_PAGE),
    ("<meta", "a web page", WEB_PAGE),
    ("<style", "a web page", WEB_PAGE),
    ("<table", "a web page", WEB_PAGE),
    ("<div", "a web page", WEB_PAGE),
    ("<?xml", "an XML document", "ask for the export as CSV, XLSX or JSON"),
    (
        "<?mso-",
        "an Office document in XML",
        "open it in a spreadsheet program and save it as XLSX",
    ),
];

/// Finds out what the file is.
///
/// # Errors
/// It is something that holds no table that can be read.
pub fn kind_of(path: &Path, sample: &Sample) -> Result<FileKind, InspectError> {
    let bytes = sample.beginning.as_slice();
    let refuse = |found, advice| {
        Err(InspectError::NotATable {
            path: path.to_owned(),
            found,
            advice,
        })
    };
    if let Some((_, found, advice)) = NOT_TABLES.iter().find(|(start, ..)| bytes.starts_with(start)) {
        return refuse(found, advice);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return old_office(bytes).map_or_else(|(found, advice)| refuse(found, advice), Ok);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return packed(path).map_or_else(|(found, advice)| refuse(found, advice), Ok);
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
    let start = start.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    match NOT_TABLE_TEXTS.iter().find(|(word, ..)| start.starts_with(word)) {
        Some((_, found, advice)) => refuse(found, advice),
        None => Ok(FileKind::Text),
    }
}

type Refusal = (&'static str, &'static str);

/// A file of the Office programs before 2007: a workbook, a document, or an encrypted newer file.
fn old_office(bytes: &[u8]) -> Result<FileKind, Refusal> {
    let names = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(bytes, &wide).is_some()
    };
    if names("EncryptedPackage") {
        Err((
            "a workbook or document with a password",
            "open it, save it without the password",
        ))
    } else if names("WordDocument") {
        Err(("a Word document", ASK_AGAIN))
    } else {
        // The folder of the container may stand behind the part that was looked at; the reader of XLS has the last word.
        Ok(FileKind::Workbook(FormatType::Xls))
    }
}

/// A packed file: a workbook, another document, or an archive.
fn packed(path: &Path) -> Result<FileKind, Refusal> {
    let broken = ("a packed file that is broken off", "ask for the export again");
    let bytes = std::fs::File::open(path).map_err(|_| broken)?;
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(bytes)).map_err(|_| broken)?;
    let has = |name: &str| archive.file_names().any(|found| found.is_ok_and(|found| found == name));
    if has("xl/workbook.xml") {
        return Ok(FileKind::Workbook(FormatType::Xlsx));
    }
    if has("xl/workbook.bin") {
        return Err((
            "a binary workbook (XLSB)",
            "open it in a spreadsheet program and save it as XLSX",
        ));
    }
    if has("word/document.xml") {
        return Err(("a Word document", ASK_AGAIN));
    }
    match media_type(&mut archive).as_deref() {
        Some(b"application/vnd.oasis.opendocument.spreadsheet") => Ok(FileKind::Workbook(FormatType::Ods)),
        Some(_) => Err(("a document that is no spreadsheet", ASK_AGAIN)),
        None => Err((
            "a ZIP archive",
            "unpack it first: unzip FILE, and inspect the files in it",
        )),
    }
}

/// What an OpenDocument file says of itself.
fn media_type<R: std::io::Read + std::io::Seek>(archive: &mut zip::ZipArchive<R>) -> Option<Vec<u8>> {
    let part = archive.by_name("mimetype").ok()?;
    let mut text = Cursor::new(Vec::new());
    std::io::copy(&mut std::io::Read::take(part, 100), &mut text).ok()?;
    Some(text.into_inner().trim_ascii().to_vec())
}
