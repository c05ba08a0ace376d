//! The header of an export held against the source definition, in both directions: every column of the file is mapped or dropped, and
//! every column of the definition is in the file.

use crate::domain::fold::{fold, nearest};
use crate::domain::source::{FormatType, SourceDefinition};
use crate::normalise::cell::Layout;
use crate::normalise::fault::FileFault;

/// For each column of the definition, in its order: where it stands in the file.
pub fn match_header(definition: &SourceDefinition, layout: &Layout) -> Result<Vec<usize>, FileFault> {
    check_delimiter(definition, &layout.header)?;
    let header = Header::new(&layout.header);
    if !header.has_any(definition)? {
        return Err(FileFault::NoHeader {
            columns: layout.header.len(),
        });
    }
    let mut named = vec![false; layout.header.len()];
    let mut positions = Vec::new();
    for column in &definition.columns {
        let position = header.find(&column.header)?.ok_or_else(|| FileFault::MissingColumn {
            column: column.header.clone(),
            found: layout.header.clone(),
        })?;
        named[position] = true;
        positions.push(position);
    }
    for column in &definition.drop {
        if let Some(position) = header.find(column)? {
            named[position] = true;
        }
    }
    match named.iter().position(|named| !named) {
        Some(position) => Err(unknown_column(definition, &layout.header, position)),
        None => Ok(positions),
    }
}

fn unknown_column(definition: &SourceDefinition, header: &[String], position: usize) -> FileFault {
    let known: Vec<String> = definition.columns.iter().map(|column| column.header.clone()).collect();
    let column = if header[position].is_empty() {
        format!("#{}", position + 1)
    } else {
        header[position].clone()
    };
    let nearest = nearest(&column, known.iter().map(String::as_str), 2)
        .into_iter()
        .map(str::to_owned)
        .collect();
    FileFault::UnknownColumn { column, nearest, known }
}

/// A header that is one column although several are mapped was cut at the wrong character.
fn check_delimiter(definition: &SourceDefinition, header: &[String]) -> Result<(), FileFault> {
    let [only] = header else { return Ok(()) };
    let expected = definition.columns.len() + definition.drop.len();
    let seems = [';', ',', '\t', '|', ':', '^', '~']
        .into_iter()
        .find(|delimiter| only.contains(*delimiter));
    match seems {
        Some(seems) if definition.format.kind == FormatType::Csv && expected > 1 => Err(FileFault::Delimiter {
            seems,
            declared: char::from(definition.format.delimiter),
        }),
        _ => Ok(()),
    }
}

struct Header<'a> {
    names: &'a [String],
    folded: Vec<String>,
}

impl<'a> Header<'a> {
    fn new(names: &'a [String]) -> Self {
        Header {
            names,
            folded: names.iter().map(|name| folded_name(name)).collect(),
        }
    }

    /// Whether the definition names any column of the file. If not, the names may be a row of data and are not for messages.
    fn has_any(&self, definition: &SourceDefinition) -> Result<bool, FileFault> {
        let columns = definition.columns.iter().map(|column| &column.header);
        for name in columns.chain(&definition.drop) {
            if self.find(name)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The column called `name`, as written or, if there is none, folded; `#3` is the third column.
    fn find(&self, name: &str) -> Result<Option<usize>, FileFault> {
        if let Some(number) = name.strip_prefix('#').and_then(|number| number.parse::<usize>().ok()) {
            return Ok(number.checked_sub(1).filter(|position| *position < self.names.len()));
        }
        let exact = self.positions(|position| self.names[position] == name);
        let wanted = folded_name(name);
        let found = if exact.is_empty() {
            self.positions(|position| self.folded[position] == wanted)
        } else {
            exact
        };
        match found.as_slice() {
            [] => Ok(None),
            [position] => Ok(Some(*position)),
            several => {
                let positions = several
                    .iter()
                    .map(|position| format!("#{}", position + 1))
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(FileFault::RepeatedColumn {
                    column: name.to_owned(),
                    positions,
                })
            }
        }
    }

    fn positions(&self, test: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.names.len()).filter(|position| test(*position)).collect()
    }
}

/// Names without letters or digits are compared as written.
fn folded_name(name: &str) -> String {
    let folded = fold(name);
    if folded.is_empty() {
        name.trim().to_owned()
    } else {
        folded
    }
}
