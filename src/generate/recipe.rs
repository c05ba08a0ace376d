//! The recipe: what a project's demonstration data consist of, as written in `generate.toml`.
//!
//! Input: TOML text. Output: a [`Recipe`] whose shape is checked; unknown keys are refused. Whether the sources, fields and codes that it
//! names exist is checked where it is laid beside the source definitions (see `plan`).

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::generate::error::GenerateError;

/// The whole of `generate.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The seed where the caller gives none.
    pub seed: u64,
    /// Language of codelist names in the exports, a tag such as `ro` or `sr-Latn`.
    pub language: String,
    /// Groups of counterparts: how often each State comes, and how long its requests take.
    pub groups: BTreeMap<String, Group>,
    /// Duration by form, in per cent of the group's.
    #[serde(default)]
    pub pace: BTreeMap<String, i64>,
    /// Rules for all sources of requests; a source's own come before them.
    #[serde(default)]
    pub rule: Vec<Rule>,
    pub source: BTreeMap<String, SourceRecipe>,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// The text is not TOML, or has an unknown or missing key.
    pub fn read(text: &str) -> Result<Recipe, GenerateError> {
        toml::from_str(text).map_err(|error| GenerateError::Recipe {
            message: error.to_string(),
        })
    }
}

/// Counterparts that behave alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// State codes with their weights.
    pub states: BTreeMap<String, u64>,
    /// Days to completion: least, 10 % quantile, median, 90 % quantile, greatest.
    pub days: [i64; 5],
}

/// What one source's exports hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecipe {
    /// The exports, oldest first.
    pub exports: Vec<ExportRecipe>,
    /// The columns of the file from left to right; without it the definition's columns, then its dropped ones.
    #[serde(default)]
    pub header: Vec<String>,
    #[serde(default)]
    pub layout: Layout,
    pub block: Vec<Block>,
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// Days between receipt and transmission abroad (outgoing requests).
    pub preparing: Option<[i64; 5]>,
    /// Days between receipt and handing on to the executing authority (incoming requests).
    pub forwarding: Option<[i64; 5]>,
    /// Share of outgoing requests that are never transmitted.
    #[serde(default)]
    pub untransmitted: f64,
    /// Share that never ends.
    #[serde(default)]
    pub endless: f64,
    /// Share of rows that concern two States, where the definition splits the cell.
    #[serde(default)]
    pub several: f64,
    /// Requests of other sources that this authority registered too.
    #[serde(default)]
    pub copies: Vec<Copies>,
    #[serde(default)]
    pub faults: Faults,
    /// Spellings that no codelist knows, by field, for the fault `unknown_code`.
    #[serde(default)]
    pub misspelt: BTreeMap<String, Vec<String>>,
    /// Further spellings that the codelists know, by field and code.
    #[serde(default)]
    pub spellings: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// One export file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRecipe {
    pub file: String,
    #[serde(deserialize_with = "date")]
    pub on: Date,
}

/// What the file looks like, beyond what the definition says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    pub language: Option<String>,
    pub byte_order_mark: bool,
    /// Quote every field.
    pub quote_all: bool,
    /// End lines with carriage return and line feed.
    pub crlf: bool,
    /// Cells of the rows above the header; `{date}` stands for the export's date.
    pub title: Vec<Vec<String>>,
    /// Share of dates that a workbook holds as text.
    pub text_dates: f64,
    /// What stands in a column that the definition drops.
    pub filler: String,
    /// The decimal separator.
    pub decimal: char,
    /// Yes and no.
    pub flags: [String; 2],
    /// Names of the months, for patterns with names.
    pub months: Vec<String>,
}

impl Default for Layout {
    fn default() -> Self {
        Layout {
            language: None,
            byte_order_mark: false,
            quote_all: false,
            crlf: false,
            title: Vec::new(),
            text_dates: 0.0,
            filler: "(not taken)".to_owned(),
            decimal: '.',
            flags: ["yes".to_owned(), "no".to_owned()],
            months: Vec::new(),
        }
    }
}

/// A series of records in order of time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Number of records by year of entry.
    pub years: BTreeMap<String, u64>,
    /// No record enters before this day.
    #[serde(default, deserialize_with = "some_date")]
    pub begins: Option<Date>,
    /// Pattern of the key: `{n}` (number in the year), `{n:05}`, `{x}` (random number), `{yyyy}`, `{yy}`.
    pub reference: String,
    /// Codes that every record has.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Eurojust cases: least and greatest number of States besides the own one.
    pub countries: Option<[u64; 2]>,
    /// Eurojust cases: how many of the block are open on 1 January of the year.
    #[serde(default)]
    pub carried: BTreeMap<String, u64>,
    /// Eurojust activities: the source and the blocks whose cases they belong to.
    pub case: Option<CaseLink>,
}

/// Where the cases of a block of activities come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLink {
    pub source: String,
    pub blocks: Vec<usize>,
}

/// How a field gets its value: the first rule of a field that fits the record decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A field of the data set, or `group`, from which the counterpart is drawn.
    pub field: Option<String>,
    /// Instead of a field: a code of `events.csv`.
    pub event: Option<String>,
    /// Conditions: codes of which the record must have one.
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub forms: Vec<String>,
    #[serde(default)]
    pub directions: Vec<String>,
    #[serde(default)]
    pub outcomes: Vec<String>,
    /// Condition: the record enters on or after, before this day.
    #[serde(default, deserialize_with = "some_date")]
    pub from: Option<Date>,
    #[serde(default, deserialize_with = "some_date")]
    pub until: Option<Date>,
    /// Condition: the record has a value for this field.
    #[serde(rename = "with")]
    pub with_field: Option<String>,
    /// Share of records that get a value.
    #[serde(default = "always")]
    pub share: f64,
    /// Codes (or `yes` and `no`) with their weights.
    #[serde(default)]
    pub weights: BTreeMap<String, u64>,
    /// Greatest number of values of a list field.
    pub most: Option<u64>,
    /// Numbers and later dates: quantiles (least, 10 %, median, 90 %, greatest).
    pub quantiles: Option<[i64; 5]>,
    /// Texts: pattern as for references.
    pub pattern: Option<String>,
    /// Events: least and greatest part of the time to completion, in per cent.
    pub at: Option<[i64; 2]>,
    /// Events: the day may lie after the export.
    #[serde(default)]
    pub ahead: bool,
}

/// Requests of another source that stand in this register too.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copies {
    pub source: String,
    pub share: f64,
    /// Pattern of the file number here, which the other authority notes as `central_reference`.
    pub reference: String,
}

/// Share of rows that carry each fault; a row carries at most one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Shares by the reason of quarantine that they lead to.
    pub invalid_date: f64,
    pub two_digit_year: f64,
    pub serial_number: f64,
    pub date_after_export: f64,
    pub unknown_code: f64,
    pub missing_value: f64,
    pub outcome_without_completion: f64,
    pub completion_without_outcome: f64,
    pub end_before_start: f64,
    pub ragged_row: f64,
    /// The key stands twice with different cells.
    pub duplicate_key: f64,
    /// The row stands twice, byte for byte: one of the two is superseded.
    pub repeated: f64,
    /// Upsert sources: share of rows that a later export corrects.
    pub corrected: f64,
    /// Upsert sources: share of faulty rows that are still faulty when they come again.
    pub unrepaired: f64,
}

fn always() -> f64 {
    1.0
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    let date = written
        .date
        .and_then(|date| Date::new(date.year as i16, date.month as i8, date.day as i8).ok());
    date.ok_or_else(|| serde::de::Error::custom("expected a date such as 2025-12-31"))
}

fn some_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}
