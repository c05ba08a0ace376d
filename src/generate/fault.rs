//! Faults that real exports have, put into generated rows: at most one in a row, so that what becomes of the row is known.
//!
//! Input: shares of a recipe, a record as an export shows it. Output: which fault it carries and how the row is spoiled. A fault that the
//! record can't carry (a date it doesn't have) is left out. Spelling of rows does not belong here.

use crate::domain::dataset::FieldKind;
use crate::domain::source::{FormatType, SourceDefinition, Target};
use crate::generate::day::{Civil, WrittenDate};
use crate::generate::error::GenerateError;
use crate::generate::random::{Random, Share, Weighted};
use crate::generate::recipe::{Faults, SourceRecipe};
use crate::generate::record::{Parts, Record, Value};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    InvalidDate,
    TwoDigitYear,
    SerialNumber,
    DateAfterExport,
    UnknownCode,
    MissingValue,
    OutcomeWithoutCompletion,
    CompletionWithoutOutcome,
    EndBeforeStart,
    RaggedRow,
    Repeated,
    DuplicateKey,
}

impl Fault {
    /// The reason for which a row with the fault is quarantined.
    pub fn name(self) -> &'static str {
        match self {
            Fault::InvalidDate => "invalid_date",
            Fault::TwoDigitYear => "two_digit_year",
            Fault::SerialNumber => "serial_number",
            Fault::DateAfterExport => "date_after_export",
            Fault::UnknownCode => "unknown_code",
            Fault::MissingValue => "missing_value",
            Fault::OutcomeWithoutCompletion => "outcome_without_completion",
            Fault::CompletionWithoutOutcome => "completion_without_outcome",
            Fault::EndBeforeStart => "end_before_start",
            Fault::RaggedRow => "ragged_row",
            Fault::Repeated => "repeated",
            Fault::DuplicateKey => "duplicate_key",
        }
    }

    /// Whether the row stands twice instead of holding something wrong.
    pub fn is_second_row(self) -> bool {
        matches!(self, Fault::Repeated | Fault::DuplicateKey)
    }
}

/// How a row is spoiled; the fields stand in the place of the record's values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spoiled {
    /// A date as it is written in a field.
    pub date: Option<(usize, BadDate)>,
    /// A field that holds one of its misspelt texts.
    pub misspelt: Option<(usize, usize)>,
    /// The row has a cell too many or too few.
    pub ragged: Option<Ragged>,
}

/// A date that isn't one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BadDate {
    Written(WrittenDate),
    /// Days as spreadsheets count them.
    Serial(i32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ragged {
    OneMore,
    OneLess,
}

/// The faults of a source.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    any: Share,
    faults: Weighted<Fault>,
    pub corrected: Share,
    pub unrepaired: Share,
    /// Misspelt fields with the number of their texts.
    misspelt: Vec<(usize, usize)>,
    /// Required fields that can be left blank.
    blanks: Vec<usize>,
}

impl FaultPlan {
    /// Compiles the shares of a source's recipe.
    pub fn new(name: &str, definition: &SourceDefinition, recipe: &SourceRecipe) -> Result<Self, GenerateError> {
        let shares = shares(&recipe.faults);
        let wrong = |problem| GenerateError::Source {
            source_name: name.to_owned(),
            problem,
        };
        let share = |share| Share::new(share).ok_or_else(|| wrong("shares of faults lie between 0 and 1"));
        let total = share(shares.iter().map(|(_, share)| share).sum())?;
        if recipe.faults.ragged_row > 0.0 && definition.format.kind != FormatType::Csv {
            return Err(wrong("only csv exports have ragged rows"));
        }
        let mut faults = Vec::new();
        for (fault, of_rows) in shares {
            faults.push((fault, share(of_rows)?.per_million()));
        }
        let position = |field: &String| {
            definition.position(field).ok_or_else(|| GenerateError::Field {
                source_name: name.to_owned(),
                data_set: definition.data_set.name(),
                found: field.clone(),
            })
        };
        let misspelt = recipe
            .misspelt
            .iter()
            .map(|(field, texts)| Ok((position(field)?, texts.len())));
        Ok(FaultPlan {
            any: total,
            faults: Weighted::new(faults),
            corrected: share(recipe.faults.corrected)?,
            unrepaired: share(recipe.faults.unrepaired)?,
            misspelt: misspelt.collect::<Result<_, GenerateError>>()?,
            blanks: blanks(definition),
        })
    }

    /// The fault that a record carries, whether or not it can be put into the row.
    pub fn fault(&self, random: &mut Random) -> Option<Fault> {
        random.happens(self.any).then(|| self.faults.draw(random)).flatten()
    }

    /// Puts the fault into the record as an export shows it, or nothing where the record can't carry it.
    pub fn spoil(&self, fault: Fault, record: &mut Record, parts: &Parts, random: &mut Random) -> Option<Spoiled> {
        let mut spoiled = Spoiled::default();
        let begin = record.day(Some(parts.begin))?;
        let end = record.day(parts.end);
        match fault {
            Fault::InvalidDate => spoiled.date = Some((parts.begin, impossible(begin.civil(), random))),
            Fault::TwoDigitYear => spoiled.date = Some((parts.begin, short_year(begin.civil()))),
            Fault::SerialNumber => {
                spoiled.date = Some((
                    parts.begin,
                    BadDate::Serial(begin.0 + crate::generate::day::SERIAL_OF_1970),
                ));
            }
            Fault::DateAfterExport => record.set(parts.end, Value::Day(end?.plus(30 * 365 + 8))),
            Fault::UnknownCode => spoiled.misspelt = Some(self.misspell(record, random)?),
            Fault::MissingValue => {
                let blank = self.blanks.get(random.below(self.blanks.len() as u64) as usize)?;
                record.values[*blank] = Value::Missing;
            }
            Fault::OutcomeWithoutCompletion => {
                end?;
                record.set(parts.end, Value::Missing);
            }
            Fault::CompletionWithoutOutcome => {
                end?;
                record.set(parts.outcome, Value::Missing);
            }
            Fault::EndBeforeStart => {
                end?;
                record.set(parts.end, Value::Day(begin.plus(-1 - random.below(20) as i64)));
            }
            Fault::RaggedRow => {
                spoiled.ragged = Some(if random.below(2) == 0 {
                    Ragged::OneMore
                } else {
                    Ragged::OneLess
                });
            }
            Fault::Repeated | Fault::DuplicateKey => {}
        }
        Some(spoiled)
    }

    fn misspell(&self, record: &Record, random: &mut Random) -> Option<(usize, usize)> {
        let (field, texts) = *self.misspelt.get(random.below(self.misspelt.len() as u64) as usize)?;
        let text = random.below(texts as u64) as usize;
        (record.values[field] != Value::Missing).then_some((field, text))
    }
}

fn shares(faults: &Faults) -> [(Fault, f64); 12] {
    [
        (Fault::InvalidDate, faults.invalid_date),
        (Fault::TwoDigitYear, faults.two_digit_year),
        (Fault::SerialNumber, faults.serial_number),
        (Fault::DateAfterExport, faults.date_after_export),
        (Fault::UnknownCode, faults.unknown_code),
        (Fault::MissingValue, faults.missing_value),
        (Fault::OutcomeWithoutCompletion, faults.outcome_without_completion),
        (Fault::CompletionWithoutOutcome, faults.completion_without_outcome),
        (Fault::EndBeforeStart, faults.end_before_start),
        (Fault::RaggedRow, faults.ragged_row),
        (Fault::Repeated, faults.repeated),
        (Fault::DuplicateKey, faults.duplicate_key),
    ]
}

/// Required coded fields that a column gives.
fn blanks(definition: &SourceDefinition) -> Vec<usize> {
    let targets = definition
        .columns
        .iter()
        .flat_map(|column| &column.mappings)
        .map(|mapping| &mapping.target);
    let fields = targets.filter_map(|target| match target {
        Target::Field(field) => Some(*field),
        Target::Event(_) => None,
    });
    let known = definition.data_set.fields();
    fields
        .filter(|field| known[*field].required && matches!(known[*field].kind, FieldKind::Code(_)))
        .collect()
}

/// The 31st of a short month of the same year.
fn impossible(civil: Civil, random: &mut Random) -> BadDate {
    let month = [2, 4, 6, 9, 11][random.below(5) as usize];
    BadDate::Written(WrittenDate {
        civil: Civil {
            year: civil.year,
            month,
            day: 31,
        },
        seconds: 0,
        short_year: false,
    })
}

fn short_year(civil: Civil) -> BadDate {
    BadDate::Written(WrittenDate {
        civil,
        seconds: 0,
        short_year: true,
    })
}
