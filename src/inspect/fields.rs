//! Which data set, fields and codelists the columns of a table probably are.
//!
//! Two kinds of evidence count: a header that is known (`codelists/headers.csv`, or the field's own name), and values that a field's codelist
//! recognises. Each field goes to the column with most evidence for it, each column to one field; the data set whose fields explain most wins.

use std::collections::{BTreeMap, HashMap};

use crate::domain::codelist::{Codelist, Codelists};
use crate::domain::dataset::{DATA_SETS, DataSet, Field, FieldKind};
use crate::domain::fold::fold;
use crate::inspect::column::{Column, ColumnType};
use crate::inspect::finding::Certainty;

/// What a column probably gives.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A field of the data set.
    Field(&'static Field),
    /// A code of `events.csv`.
    Event(String),
    /// Something that statistics have no use for, such as names of persons.
    Dropped,
    Unknown,
}

/// A column's probable meaning.
#[derive(Clone, Debug)]
pub struct ColumnMeaning {
    pub meaning: Meaning,
    pub certainty: Certainty,
    /// The separator between several values in a cell.
    pub split: Option<&'static str>,
    /// Spellings that the codelist doesn't know, with how often they occur.
    pub unrecognised: Vec<(String, usize)>,
}

/// What a table probably is.
#[derive(Clone, Debug)]
pub struct TableMeaning {
    pub data_set: DataSet,
    pub certainty: Certainty,
    /// In the order of the columns.
    pub columns: Vec<ColumnMeaning>,
    /// Names of required fields that no column gives.
    pub missing: Vec<&'static str>,
}

/// Headers that are known, folded, with what they mean.
pub struct KnownHeaders(HashMap<String, Vec<KnownHeader>>);

struct KnownHeader {
    /// Empty: any.
    data_set: String,
    /// Both empty: a column to drop.
    field: String,
    event: String,
}

impl KnownHeaders {
    /// Reads the codelist `headers`.
    pub fn new(codelists: &Codelists) -> Self {
        let mut known: HashMap<String, Vec<KnownHeader>> = HashMap::new();
        if let Some(list) = codelists.get("headers") {
            let cell = |row: &Vec<String>, name: &str| {
                let position = list.header.iter().position(|header| header == name);
                position
                    .and_then(|position| row.get(position))
                    .cloned()
                    .unwrap_or_default()
            };
            for row in &list.rows {
                known.entry(fold(&cell(row, "header"))).or_default().push(KnownHeader {
                    data_set: cell(row, "data_set"),
                    field: cell(row, "field"),
                    event: cell(row, "event"),
                });
            }
        }
        KnownHeaders(known)
    }

    /// Whether the folded text is known as a header, or is the name of a field.
    pub fn is_known(&self, folded: &str) -> bool {
        let is_field = |field: &Field| fold(field.name) == folded;
        !folded.is_empty()
            && (self.0.contains_key(folded) || DATA_SETS.iter().any(|set| set.fields().iter().any(is_field)))
    }

    /// The header's entries: those of its whole text, else those of the last part of a name in several parts.
    fn entries(&self, name: &str) -> &[KnownHeader] {
        let last = name
            .rsplit([' ', '.', '/'])
            .next()
            .filter(|_| name.contains(" / ") || name.contains('.'));
        let whole = self.0.get(&fold(name));
        let parts = || {
            self.0
                .get(&fold(name.rsplit(" / ").next()?))
                .or_else(|| self.0.get(&fold(last?)))
        };
        whole.or_else(parts).map_or(&[], Vec::as_slice)
    }

    fn says_field(&self, name: &str, data_set: DataSet, field: &Field) -> bool {
        let of_set = |entry: &&KnownHeader| entry.data_set.is_empty() || entry.data_set == data_set.name();
        fold(name) == fold(field.name)
            || self
                .entries(name)
                .iter()
                .filter(of_set)
                .any(|entry| entry.field == field.name)
    }

    fn events(&self, name: &str) -> impl Iterator<Item = &str> {
        self.entries(name)
            .iter()
            .map(|entry| entry.event.as_str())
            .filter(|event| !event.is_empty())
    }

    fn says_drop(&self, name: &str) -> bool {
        self.entries(name)
            .iter()
            .any(|entry| entry.field.is_empty() && entry.event.is_empty())
    }
}

/// Separators of several values in a cell, the more telling first.
const SEPARATORS: [&str; 9] = ["\n", "; ", ";", " | ", "|", ", ", "/", "+", ","];

/// What the columns probably mean.
pub fn table_meaning(columns: &[Column], known: &KnownHeaders, codelists: &Codelists) -> TableMeaning {
    let evidence = CodeEvidence::of(columns, codelists);
    let mut guesses: Vec<Guess> = DATA_SETS
        .into_iter()
        .map(|data_set| Guess::of(data_set, columns, known, &evidence))
        .collect();
    // The sort is stable: of equals the first data set wins.
    guesses.sort_by(|a, b| b.score.total_cmp(&a.score));
    let runner_up = guesses[1].data_set.name();
    let (best, certainty) = if guesses[0].fields.iter().all(Option::is_none) {
        let requests = guesses.iter().position(|guess| guess.data_set == DataSet::Requests);
        let doubt = "no column was recognised".to_owned();
        (requests.unwrap_or(0), Certainty::Unsure(doubt))
    } else {
        let clear = guesses[0].score > 1.15 * guesses[1].score && guesses[0].score > 2.0;
        (
            0,
            Certainty::when(clear, || format!("`{runner_up}` fits nearly as well")),
        )
    };
    let mut meaning = guesses
        .swap_remove(best)
        .into_meaning(certainty, columns, known, &evidence);
    for (column, meaning) in columns.iter().zip(&mut meaning.columns) {
        if let Meaning::Field(field) = &meaning.meaning
            && let Some(codelist) = codelist_of(field.kind).and_then(|name| codelists.get(name))
        {
            meaning.unrecognised = unrecognised(column, meaning.split, codelist);
        }
    }
    meaning
}

/// Of each column and codelist: how well some of the values are recognised.
struct CodeEvidence(Vec<BTreeMap<&'static str, Recognised>>);

/// How a codelist recognises the values of a column.
#[derive(Clone, Copy, Default)]
struct Recognised {
    /// Share of the cells.
    share: f64,
    split: Option<&'static str>,
}

impl CodeEvidence {
    fn of(columns: &[Column], codelists: &Codelists) -> Self {
        let names: std::collections::BTreeSet<&'static str> = DATA_SETS
            .iter()
            .flat_map(|set| set.fields())
            .filter_map(|field| codelist_of(field.kind))
            .collect();
        let of_column = |column: &Column| {
            let lists = names.iter().filter_map(|name| Some((*name, codelists.get(name)?)));
            lists.map(|(name, list)| (name, recognised(column, list))).collect()
        };
        CodeEvidence(columns.iter().map(of_column).collect())
    }

    fn get(&self, column: usize, kind: FieldKind) -> Option<&Recognised> {
        self.0[column].get(codelist_of(kind)?)
    }
}

/// The codelist of a coded field.
pub fn codelist_of(kind: FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::Code(codelist) | FieldKind::CodeList(codelist) => Some(codelist),
        _ => None,
    }
}

/// A column with more different values is not held against codelists.
const MOST_SPELLINGS: usize = 2_000;

/// How a codelist recognises some of the column's values, with the separator under which it recognises most.
fn recognised(column: &Column, codelist: &Codelist) -> Recognised {
    let coded = matches!(column.kind, ColumnType::Code | ColumnType::Text | ColumnType::Boolean);
    if !coded || column.values.len() > MOST_SPELLINGS {
        return Recognised::default();
    }
    let some: Vec<(&String, &usize)> = column.values.iter().step_by(column.values.len() / TRIED + 1).collect();
    let occurring = SEPARATORS
        .into_iter()
        .filter(|separator| !column.several && some.iter().any(|(value, _)| value.contains(separator)));
    let recognised = |split: Option<&'static str>| {
        let separator = if column.several { Some(ARRAY) } else { split };
        Recognised {
            share: known_share(&some, separator, codelist),
            split,
        }
    };
    let mut best = recognised(None);
    for separator in occurring {
        let split = recognised(Some(separator));
        if split.share > best.share + 0.02 {
            best = split;
        }
    }
    best
}

/// So many different values tell whether a codelist is worth holding against all of them.
const TRIED: usize = 60;

/// What stands between the values of a JSON array.
const ARRAY: &str = "; ";

/// The values of a cell that `separator` separates.
fn pieces<'v>(value: &'v str, separator: Option<&str>) -> Vec<&'v str> {
    match separator {
        Some(separator) => value
            .split(separator)
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .collect(),
        None => vec![value],
    }
}

/// The share of the values that mean one code.
fn known_share(values: &[(&String, &usize)], separator: Option<&str>, codelist: &Codelist) -> f64 {
    let (mut total, mut known) = (0, 0);
    for (value, count) in values {
        for piece in pieces(value, separator) {
            total += *count;
            known += if codelist.knows(piece) { **count } else { 0 };
        }
    }
    known as f64 / total.max(1) as f64
}

/// Spellings of the column that mean no code, the more frequent first.
fn unrecognised(column: &Column, split: Option<&str>, codelist: &Codelist) -> Vec<(String, usize)> {
    let separator = if column.several { Some(ARRAY) } else { split };
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    for (value, count) in &column.values {
        for piece in pieces(value, separator)
            .into_iter()
            .filter(|piece| !codelist.knows(piece))
        {
            *unknown.entry(piece).or_default() += count;
        }
    }
    let mut unknown: Vec<(String, usize)> = unknown
        .into_iter()
        .map(|(text, count)| (text.to_owned(), count))
        .collect();
    unknown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    unknown
}

/// Fields that a cell with several values may give, besides lists.
const SPLIT_FIELDS: [&str; 3] = ["counterpart", "form", "instrument"];

/// How one data set explains the columns.
struct Guess {
    data_set: DataSet,
    score: f64,
    /// Of each column: position of the field, and the evidence.
    fields: Vec<Option<(usize, f64)>>,
}

/// Less evidence gives no field.
const LEAST: f64 = 0.4;

/// From this evidence on a field is sure.
const SURE: f64 = 0.95;

impl Guess {
    fn of(data_set: DataSet, columns: &[Column], known: &KnownHeaders, evidence: &CodeEvidence) -> Self {
        let fields = data_set.fields();
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (position, column) in columns.iter().enumerate() {
            for (number, field) in fields.iter().enumerate() {
                let named = known.says_field(&column.name, data_set, field);
                let score = field_evidence(column, field, named, evidence.get(position, field.kind));
                let dropped = !named && known.says_drop(&column.name);
                if score >= LEAST && !dropped {
                    pairs.push((score, position, number));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut guess = Guess {
            data_set,
            score: 0.0,
            fields: vec![None; columns.len()],
        };
        for (score, column, field) in pairs {
            let taken = guess.fields.iter().flatten().any(|(other, _)| *other == field);
            if guess.fields[column].is_none() && !taken {
                guess.fields[column] = Some((field, score));
                guess.score += score;
            }
        }
        guess.score -= guess.missing().len() as f64 * 0.8;
        guess
    }

    fn missing(&self) -> Vec<&'static str> {
        let given = |number: usize| self.fields.iter().flatten().any(|(field, _)| *field == number);
        let fields = self.data_set.fields().iter().enumerate();
        fields
            .filter(|(number, field)| field.required && field.name != "item" && !given(*number))
            .map(|(_, field)| field.name)
            .collect()
    }

    fn into_meaning(
        self,
        certainty: Certainty,
        columns: &[Column],
        known: &KnownHeaders,
        evidence: &CodeEvidence,
    ) -> TableMeaning {
        let mut events = Vec::new();
        let meanings = columns
            .iter()
            .enumerate()
            .map(|(position, column)| match self.fields[position] {
                Some((number, score)) => {
                    let field = &self.data_set.fields()[number];
                    coded_meaning(field, score, evidence.get(position, field.kind))
                }
                None => other_meaning(column, self.data_set, known, &mut events),
            });
        let mut meanings: Vec<ColumnMeaning> = meanings.collect();
        keep_one_split(&mut meanings);
        TableMeaning {
            data_set: self.data_set,
            certainty,
            columns: meanings,
            missing: self.missing(),
        }
    }
}

/// How much speaks for the column being the field: 1 for its header, something for its values, less where the two disagree.
fn field_evidence(column: &Column, field: &Field, named: bool, codes: Option<&Recognised>) -> f64 {
    let header = if named { 1.0 } else { 0.0 };
    let empty = column.kind == ColumnType::Empty;
    let is_date = matches!(column.kind, ColumnType::Date { .. });
    let fits = |holds: bool| if holds || empty { 0.2 } else { -0.7 };
    match (field.kind, codes) {
        (_, Some(codes)) => {
            let allowed = codes.split.is_none()
                || matches!(field.kind, FieldKind::CodeList(_))
                || SPLIT_FIELDS.contains(&field.name);
            let values = if allowed { codes.share } else { 0.0 };
            if named {
                header + if is_date { -0.7 } else { 0.3 * values }
            } else if values >= 0.7 && !empty {
                0.7 * values
            } else {
                0.0
            }
        }
        _ if !named => 0.0,
        (FieldKind::Date, _) => header + fits(is_date),
        (FieldKind::Boolean, _) => header + fits(column.kind == ColumnType::Boolean || column.values.len() <= 3),
        (FieldKind::Integer, _) => header + fits(column.kind == ColumnType::Integer),
        (FieldKind::Decimal, _) => {
            header + fits(matches!(column.kind, ColumnType::Decimal { .. } | ColumnType::Integer))
        }
        _ => header + fits(!is_date),
    }
}

fn coded_meaning(field: &'static Field, score: f64, codes: Option<&Recognised>) -> ColumnMeaning {
    let doubt = || "only the values say so, not the header".to_owned();
    ColumnMeaning {
        meaning: Meaning::Field(field),
        certainty: Certainty::when(score >= SURE, doubt),
        split: codes.and_then(|codes| codes.split),
        unrecognised: Vec::new(),
    }
}

fn other_meaning(column: &Column, data_set: DataSet, known: &KnownHeaders, taken: &mut Vec<String>) -> ColumnMeaning {
    let is_date = matches!(column.kind, ColumnType::Date { .. } | ColumnType::Empty);
    let event = known
        .events(&column.name)
        .find(|event| data_set == DataSet::Requests && is_date && !taken.iter().any(|other| other == event));
    let (meaning, certainty) = match event {
        Some(event) => {
            taken.push(event.to_owned());
            (Meaning::Event(event.to_owned()), Certainty::Sure)
        }
        None if known.says_drop(&column.name) => (Meaning::Dropped, Certainty::Sure),
        None => (
            Meaning::Unknown,
            Certainty::Unsure("neither the header nor the values are known".to_owned()),
        ),
    };
    ColumnMeaning {
        meaning,
        certainty,
        split: None,
        unrecognised: Vec::new(),
    }
}

/// A definition splits `counterpart` or `form`, not both.
fn keep_one_split(meanings: &mut [ColumnMeaning]) {
    let makes_items = |meaning: &ColumnMeaning| {
        matches!(&meaning.meaning, Meaning::Field(field) if ["counterpart", "form"].contains(&field.name))
            && meaning.split.is_some()
    };
    for meaning in meanings.iter_mut().filter(|meaning| makes_items(meaning)).skip(1) {
        meaning.split = None;
    }
}
