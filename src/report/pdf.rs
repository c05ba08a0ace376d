//! The PDF: `report.pdf`, tagged by PDF/UA-1, set by typst inside the program from the document and a template.
//!
//! The template (`reports/edition.typ`) lays out and names things. It reads the document as `json("edition.json")`: every text is a string
//! there and never markup, charts are SVG. It can read no other file, knows no date, and has no font but the shipped one, so that the same
//! document gives the same bytes on every machine. What typst refuses or warns of is an error: a report that breaks PDF/UA is not made.

use std::sync::LazyLock;

use serde_json::Value;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::ecow::eco_format;
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World, WorldExt};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::TemplateSource;
use super::error::ReportError;
use super::manifest::{json, sha256};
use super::view::DocumentView;

/// The name by which the template reads the document.
const DATA: &str = "edition.json";

/// The shipped font, read once.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&[u8]; 2] = [
        include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf"),
        include_bytes!("../../assets/fonts/LiberationSans-Bold.ttf"),
    ];
    files
        .into_iter()
        .flat_map(|file| Font::iter(Bytes::new(file)))
        .collect()
});

/// The report as bytes of a PDF; `creator` is the program that its metadata name.
pub fn report(view: &DocumentView, template: TemplateSource, creator: String) -> Result<Vec<u8>, ReportError> {
    let mut document = serde_json::to_value(view).map_err(|source| ReportError::Encoding {
        what: format!("`{DATA}`"),
        source: source.into(),
    })?;
    prepare(&mut document)?;
    let data = json(DATA, &document)?;
    let options = PdfOptions {
        ident: Smart::Custom(sha256(&data)),
        creator: Smart::Custom(Some(creator)),
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| ReportError::Pdf {
            template: template.name.to_owned(),
            reason: error.message().to_string(),
        })?,
        ..PdfOptions::default()
    };
    let desk = Desk::new(template, data);
    let set = desk.set(&options);
    // typst remembers every step of its work: forgotten here, or memory would grow with each report.
    comemo::evict(0);
    set.map_err(|faults| ReportError::Pdf {
        template: template.name.to_owned(),
        reason: faults,
    })
}

/// Makes every text fit to be set: control characters become spaces, and a letter that the font does not have is refused. Charts are left as
/// they are: they have the letters of their tables.
fn prepare(value: &mut Value) -> Result<(), ReportError> {
    match value {
        Value::String(text) => {
            *text = text.replace(char::is_control, " ");
            check_letters(text)
        }
        Value::Array(values) => values.iter_mut().try_for_each(prepare),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| *name != "svg")
            .try_for_each(|(_, value)| prepare(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_letters(text: &str) -> Result<(), ReportError> {
    let has = |letter: &char| {
        FONTS
            .iter()
            .all(|font| font.info().coverage.contains(u32::from(*letter)))
    };
    match text.chars().find(|letter| !has(letter)) {
        None => Ok(()),
        Some(letter) => Err(ReportError::NoLetter {
            text: text.to_owned(),
            letter,
        }),
    }
}

/// Everything that typst can reach while it sets a report.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    template: Source,
    data_id: FileId,
    data: Bytes,
}

impl Desk {
    fn new(template: TemplateSource, data: Vec<u8>) -> Self {
        // The feature lets a template mark the labels of rows as header cells.
        let features = [Feature::A11yExtras].into_iter().collect();
        Self {
            library: LazyHash::new(Library::builder().with_features(features).build()),
            book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
            template: Source::new(file_id("edition.typ"), template.text.to_owned()),
            data_id: file_id(DATA),
            data: Bytes::new(data),
        }
    }

    /// Sets the report, or says what is wrong and where.
    fn set(&self, options: &PdfOptions) -> Result<Vec<u8>, String> {
        let Warned { output, warnings } = typst::compile(self);
        let document = output.map_err(|faults| self.explained(&faults))?;
        match warnings.is_empty() {
            true => typst_pdf::pdf(&document, options).map_err(|faults| self.explained(&faults)),
            false => Err(self.explained(&warnings)),
        }
    }

    /// The faults with their lines in the template and typst's advice.
    fn explained(&self, faults: &[SourceDiagnostic]) -> String {
        let explained = faults.iter().map(|fault| {
            let line = self
                .line(fault)
                .map(|line| format!(" (line {line})"))
                .unwrap_or_default();
            let advice: String = fault.hints.iter().map(|hint| format!("; {}", hint.v)).collect();
            format!("{}{line}{advice}", fault.message)
        });
        explained.collect::<Vec<_>>().join("\n")
    }

    /// The line of the template, where the fault lies in it.
    fn line(&self, fault: &SourceDiagnostic) -> Option<usize> {
        let is_in_template = fault.span.id() == Some(self.template.id());
        let range = is_in_template.then(|| self.range(fault.span)).flatten()?;
        Some(self.template.lines().byte_to_line(range.start)? + 1)
    }
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the name of a file is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        match id == self.template.id() {
            true => Ok(self.template.clone()),
            false => Err(out_of_reach(id)),
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id == self.data_id {
            true => Ok(self.data.clone()),
            false => Err(out_of_reach(id)),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    /// No date: a report must not depend on the day on which it is made.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn out_of_reach(id: FileId) -> FileError {
    let name = match id.root() {
        VirtualRoot::Project => id.vpath().get_without_slash().to_owned(),
        VirtualRoot::Package(package) => package.to_string(),
    };
    FileError::Other(Some(eco_format!(
        "`{name}` is out of reach: the template can read `{DATA}` only"
    )))
}
