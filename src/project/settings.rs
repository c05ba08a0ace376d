//! `rogatory.toml`: what a project says of itself.
//!
//! Input: TOML text. Output: checked [`Settings`]. Unknown keys are refused with the nearest valid one.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::domain::codelist::Codelists;
use crate::domain::fold::nearest;
use crate::domain::toml_error::explain_toml;

/// A checked `rogatory.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The reporting State: a code of `states.csv`.
    pub state: String,
    /// Title of the office, as the cover prints it.
    pub title: String,
    /// The observation date, where the command line names none.
    pub as_of: Option<Date>,
    /// The time zone in which days begin.
    pub time_zone: TimeZone,
    /// Names of the reports that `run` publishes.
    pub reports: Vec<String>,
    /// Language of the editions.
    pub language: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    state: String,
    title: String,
    as_of: Option<toml::value::Datetime>,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default = "annual")]
    reports: Vec<String>,
    #[serde(default = "english")]
    language: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn annual() -> Vec<String> {
    vec!["annual".to_owned()]
}

fn english() -> String {
    "en".to_owned()
}

impl Settings {
    /// Reads and checks the text.
    ///
    /// # Errors
    /// What is wrong, as a message.
    pub fn read(text: &str, codelists: &Codelists) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| explain_toml(&error))?;
        let states = codelists.get("states");
        if !states.is_some_and(|states| states.has(&written.state)) {
            let codes = states
                .map(|states| states.codes().collect::<Vec<_>>())
                .unwrap_or_default();
            let near = nearest(&written.state, codes, 3).join(", ");
            return Err(format!(
                "`state = \"{}\"` is not a code of codelists/states.csv; nearest: {near}",
                written.state
            ));
        }
        if written.language != "en" {
            return Err(format!(
                "`language = \"{}\"`: editions are in English (`en`) only so far",
                written.language
            ));
        }
        let time_zone = TimeZone::get(&written.time_zone).map_err(|_| {
            let name = &written.time_zone;
            format!("`time_zone = \"{name}\"` is not a time zone of the IANA database, such as Europe/Belgrade")
        })?;
        let as_of = written.as_of.map(calendar_date).transpose()?;
        Ok(Settings {
            state: written.state,
            title: written.title,
            as_of,
            time_zone,
            reports: written.reports,
            language: written.language,
        })
    }
}

fn calendar_date(value: toml::value::Datetime) -> Result<Date, String> {
    let date = value.date.filter(|_| value.time.is_none());
    let date = date.and_then(|date| Date::new(date.year as i16, date.month as i8, date.day as i8).ok());
    date.ok_or_else(|| format!("`as_of = {value}` is not a date such as 2025-12-31"))
}
