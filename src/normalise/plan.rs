//! What mapping the rows of one export needs, worked out once: where columns stand, which codes there are, which rows are corrected.
//!
//! Input: the definition, the codelists, the layout of the file and its date. Output: a [`Plan`] that all workers share.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::StringArray;
use jiff::civil::Date;

use crate::domain::codelist::{Codelist, Codelists};
use crate::domain::dataset::{DataSet, Field, FieldKind};
use crate::domain::date_pattern::MonthNames;
use crate::domain::fold::fold;
use crate::domain::source::{Mapping, SourceDefinition, Target};
use crate::normalise::cell::Layout;
use crate::normalise::checks::ItemRules;
use crate::normalise::columns::Codes;
use crate::normalise::corrections::Correction;
use crate::normalise::fault::FileFault;
use crate::normalise::header::match_header;

/// Days between the two date systems of workbooks.
const DAYS_1900_TO_1904: f64 = 1462.0;

/// One mapping with the place of its column in the file.
pub struct PlacedMapping<'a> {
    /// Position of the column in the file.
    pub cell: usize,
    pub header: &'a str,
    pub mapping: &'a Mapping,
    /// The kind of the field; events are dates.
    pub kind: FieldKind,
    /// Name of the field, or code of the event.
    pub target_name: &'a str,
}

impl PlacedMapping<'_> {
    /// Whether the text of a cell, trimmed, is the field's value as it stands.
    pub fn is_plain(&self, text: &str, definition: &SourceDefinition) -> bool {
        let text = text.trim();
        let is_null = || definition.format.null_values.iter().any(|null| null == text);
        self.mapping.values.is_empty() && !text.is_empty() && !is_null()
    }
}

/// Everything that mapping a row needs.
pub struct Plan<'a> {
    pub definition: &'a SourceDefinition,
    pub codelists: &'a CodelistIndex<'a>,
    pub exported_on: Date,
    pub corrections: &'a [Correction],
    pub mappings: Vec<PlacedMapping<'a>>,
    pub fields: &'static [Field],
    /// Positions of the fields that a row of this source can have a value in, in their order.
    pub used: Vec<usize>,
    /// Position of the field that identifies a row, with the item where a column gives it.
    pub key: usize,
    pub reference: Option<usize>,
    pub item: Option<usize>,
    pub item_is_mapped: bool,
    /// The field that the row's own number goes into.
    pub numbered: Option<usize>,
    pub secondary_instruments: Option<usize>,
    pub rules: ItemRules,
    /// Days to add to a workbook's day numbers so that they count from 1900.
    pub day_offset: f64,
}

impl<'a> Plan<'a> {
    /// Holds the definition against the layout of the file.
    ///
    /// # Errors
    /// A column of the file that the definition doesn't name, or the reverse.
    pub fn new(
        definition: &'a SourceDefinition,
        codelists: &'a CodelistIndex<'a>,
        corrections: &'a [Correction],
        exported_on: Date,
        layout: &Layout,
    ) -> Result<Self, FileFault> {
        let positions = match_header(definition, layout)?;
        let fields = definition.data_set.fields();
        let placed = |(column, cell): (&'a crate::domain::source::MappedColumn, &usize)| {
            let cell = *cell;
            column.mappings.iter().map(move |mapping| {
                let (kind, target_name) = match &mapping.target {
                    Target::Field(position) => (fields[*position].kind, fields[*position].name),
                    Target::Event(event) => (FieldKind::Date, event.as_str()),
                };
                PlacedMapping {
                    cell,
                    header: &column.header,
                    mapping,
                    kind,
                    target_name,
                }
            })
        };
        let mappings: Vec<PlacedMapping<'a>> = definition.columns.iter().zip(&positions).flat_map(placed).collect();
        let position = |name: &str| fields.iter().position(|field| field.name == name);
        let is_mapped = |position| {
            mappings
                .iter()
                .any(|placed| placed.mapping.target == Target::Field(position))
        };
        let key = position(definition.data_set.key_name()).expect("every data set has its key among its fields");
        let (reference, item) = (position("reference"), position("item"));
        let secondary_instruments = position("instruments_secondary");
        let makes_secondary =
            |placed: &PlacedMapping<'_>| placed.target_name == "instrument" && placed.mapping.split.is_some();
        let made = secondary_instruments.filter(|_| mappings.iter().any(makes_secondary));
        let is_used = |position: &usize| {
            is_mapped(*position)
                || [Some(key), reference, item, made].contains(&Some(*position))
                || definition.constants.iter().any(|(constant, _)| constant == position)
                || corrections
                    .iter()
                    .flat_map(|correction| &correction.set)
                    .any(|(set, _)| set == position)
        };
        Ok(Plan {
            definition,
            codelists,
            exported_on,
            corrections,
            used: (0..fields.len()).filter(is_used).collect(),
            key,
            reference,
            item,
            item_is_mapped: item.is_some_and(is_mapped),
            numbered: reference.filter(|_| definition.number_rows),
            secondary_instruments,
            rules: ItemRules::new(definition.data_set),
            mappings,
            fields,
            day_offset: if layout.date_1904 { DAYS_1900_TO_1904 } else { 0.0 },
        })
    }

    /// The column that gives the field at `position`.
    pub fn column_of(&self, position: usize) -> Option<&PlacedMapping<'a>> {
        self.mappings
            .iter()
            .find(|placed| placed.mapping.target == Target::Field(position))
    }
}

/// The codelists as mapping uses them: codes by number, and what outcomes and forms imply.
pub struct CodelistIndex<'a> {
    codelists: &'a Codelists,
    codes: BTreeMap<&'a str, Codes>,
    /// By number of the outcome: whether it resolves a request.
    pub resolves: Vec<bool>,
    /// By number of the form: number of its family.
    pub family_of_form: Vec<Option<i16>>,
    pub months: MonthNames,
    pub incoming: Option<i16>,
}

impl<'a> CodelistIndex<'a> {
    /// Works out the index.
    pub fn new(codelists: &'a Codelists) -> Self {
        let codes = codelists
            .iter()
            .map(|(name, codelist)| (name, Arc::new(StringArray::from_iter_values(codelist.codes()))))
            .collect();
        let mut index = CodelistIndex {
            codelists,
            codes,
            resolves: Vec::new(),
            family_of_form: Vec::new(),
            months: month_names(codelists),
            incoming: None,
        };
        index.resolves = index.by_code("outcomes", |codelist, code| {
            codelist.attribute(code, "resolves") == Some("yes")
        });
        index.family_of_form = index.by_code("forms", |codelist, code| {
            codelist
                .attribute(code, "family")
                .and_then(|family| index.number("families", family))
        });
        index.incoming = index.number("directions", "incoming");
        index
    }

    /// The codelist called `name`.
    pub fn codelist(&self, name: &str) -> Option<&'a Codelist> {
        self.codelists.get(name)
    }

    /// The codes of the codelist as an array; empty if there is no such codelist.
    pub fn codes(&self, name: &str) -> Codes {
        self.codes
            .get(name)
            .cloned()
            .unwrap_or_else(|| Arc::new(StringArray::from_iter_values([""; 0])))
    }

    /// The number of a code.
    pub fn number(&self, codelist: &str, code: &str) -> Option<i16> {
        let position = self.codelists.get(codelist)?.position(code)?;
        i16::try_from(position).ok()
    }

    fn by_code<T>(&self, name: &str, value: impl Fn(&Codelist, &str) -> T) -> Vec<T> {
        let codelist = self.codelists.get(name);
        codelist.map_or_else(Vec::new, |codelist| {
            codelist.codes().map(|code| value(codelist, code)).collect()
        })
    }
}

/// Names of months in every language of `months.csv`.
pub fn month_names(codelists: &Codelists) -> MonthNames {
    let Some(months) = codelists.get("months") else {
        return MonthNames::new();
    };
    let column = |name: &str| months.header.iter().position(|header| header == name);
    let (Some(number), Some(name)) = (column("month"), column("name")) else {
        return MonthNames::new();
    };
    months
        .rows
        .iter()
        .filter_map(|row| Some((fold(&row[name]), row[number].parse().ok()?)))
        .collect()
}

/// Names of a data set's fields that may lie after the day of the export: plans and ends of validity.
pub fn may_lie_ahead(data_set: DataSet, field: &str) -> bool {
    data_set == DataSet::Activities && field == "ended_on"
}
