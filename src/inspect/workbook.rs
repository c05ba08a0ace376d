//! A sheet of a workbook as rows, read as `normalise` reads it.

use std::path::Path;

use crate::domain::source::FormatType;
use crate::inspect::error::InspectError;
use crate::inspect::finding::Certainty;
use crate::inspect::table::{Table, TableRow};
use crate::normalise::{FileFault, SheetReader};

/// The sheet that was looked at.
#[derive(Clone, Debug)]
pub struct SheetFinding {
    pub kind: FormatType,
    pub name: String,
    pub certainty: Certainty,
    /// Every sheet of the workbook.
    pub sheets: Vec<String>,
}

/// Reads the sheet that was named, or the one that holds most.
///
/// # Errors
/// The workbook can't be read, or has no such sheet.
pub fn read_sheet(path: &Path, kind: FormatType, given: Option<&str>) -> Result<(SheetFinding, Table), InspectError> {
    let failed = |source: FileFault| InspectError::Workbook {
        path: path.to_owned(),
        source,
    };
    let mut reader = SheetReader::open(path, kind).map_err(failed)?;
    let sheets = reader.sheets();
    if let Some(expected) = given {
        if !sheets.iter().any(|sheet| sheet == expected) {
            return Err(InspectError::MissingSheet {
                path: path.to_owned(),
                expected: expected.to_owned(),
                found: sheets,
            });
        }
        let table = table(&mut reader, expected).map_err(failed)?;
        return Ok((finding(kind, expected, Certainty::Given, sheets), table));
    }
    let mut fullest: Option<(usize, String, Table)> = None;
    let mut others = Vec::new();
    for sheet in &sheets {
        let table = table(&mut reader, sheet).map_err(failed)?;
        let filled = table
            .rows
            .iter()
            .flat_map(|row| &row.cells)
            .filter(|cell| !cell.is_blank())
            .count();
        if filled > 0 {
            others.push(sheet.clone());
        }
        if fullest.as_ref().is_none_or(|(most, ..)| filled > *most) {
            fullest = Some((filled, sheet.clone(), table));
        }
    }
    match fullest {
        Some((filled, name, table)) if filled > 0 => {
            others.retain(|other| *other != name);
            let certainty = Certainty::when(others.is_empty(), || format!("there is also {}", others.join(", ")));
            Ok((finding(kind, &name, certainty, sheets), table))
        }
        _ => Err(failed(FileFault::Empty)),
    }
}

fn finding(kind: FormatType, name: &str, certainty: Certainty, sheets: Vec<String>) -> SheetFinding {
    SheetFinding {
        kind,
        name: name.to_owned(),
        certainty,
        sheets,
    }
}

fn table(reader: &mut SheetReader, sheet: &str) -> Result<Table, FileFault> {
    let sheet = reader.read(sheet)?;
    let rows = (0..sheet.grid.height()).map(|row| TableRow {
        number: row as u64 + 1,
        cells: (0..sheet.grid.width())
            .map(|column| sheet.grid.cell(row, column).into_owned())
            .collect(),
    });
    Ok(Table {
        rows: rows.collect(),
        later: Vec::new(),
        merged: sheet.merged,
    })
}
