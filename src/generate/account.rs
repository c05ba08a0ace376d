//! The account of what was put into the exports: what a correct reading of them must come to.
//!
//! It follows from the faults put in and the rules for rows that come again, never from reading the files.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::generate::fault::Fault;

/// What was generated.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub exports: Vec<ExportAccount>,
}

/// What one export holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportAccount {
    pub source: String,
    pub file: String,
    pub rows: u64,
    pub accepted: u64,
    pub superseded: u64,
    /// Quarantined rows by the fault that they carry.
    pub quarantined: BTreeMap<&'static str, u64>,
    /// Rows that stand in another authority's register too.
    pub copies: u64,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Accepted,
    Superseded,
    Quarantined(Fault),
}

impl ExportAccount {
    pub fn new(source: &str, file: &str) -> Self {
        ExportAccount {
            source: source.to_owned(),
            file: file.to_owned(),
            rows: 0,
            accepted: 0,
            superseded: 0,
            quarantined: BTreeMap::new(),
            copies: 0,
        }
    }

    pub fn add(&mut self, fate: Fate) {
        self.rows += 1;
        match fate {
            Fate::Accepted => self.accepted += 1,
            Fate::Superseded => self.superseded += 1,
            Fate::Quarantined(fault) => *self.quarantined.entry(fault.name()).or_default() += 1,
        }
    }
}

impl Summary {
    /// The account as CSV: `source,export,state,fault,rows`, where `fault` stands for quarantined rows only.
    pub fn truth_csv(&self) -> String {
        let mut text = String::from("source,export,state,fault,rows\n");
        for export in &self.exports {
            let mut line = |state: &str, fault: &str, rows: u64| {
                // Writing to a string can't fail.
                let _ = writeln!(text, "{},{},{state},{fault},{rows}", export.source, export.file);
            };
            line("read", "", export.rows);
            line("accepted", "", export.accepted);
            line("superseded", "", export.superseded);
            for (fault, rows) in &export.quarantined {
                line("quarantined", fault, *rows);
            }
            if export.copies > 0 {
                line("copied_from_another_register", "", export.copies);
            }
        }
        text
    }
}

/// One line for each export: what a person wants to see after generating.
impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for export in &self.exports {
            let quarantined: u64 = export.quarantined.values().sum();
            writeln!(
                formatter,
                "{}: {} rows, of which {} to be accepted, {quarantined} quarantined, {} superseded",
                export.file, export.rows, export.accepted, export.superseded
            )?;
        }
        Ok(())
    }
}
