//! The tables of the lake and their columns, derived from the data sets of [`crate::domain::dataset`].
//!
//! Input: nothing. Output: one Arrow schema for each table, and whether a batch fits it. Strings are plain UTF-8 to every
//! reader; a batch may hold them dictionary-encoded, which changes nothing in the file. A data set's columns are `source`,
//! `authority` (`requests`: `family` too), its fields, then the lineage `export`, `export_row`, `exported_on`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::domain::dataset::{DATA_SETS, DataSet, FieldKind};

/// One table of the lake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LakeTable {
    /// The accepted rows of a data set.
    Rows(DataSet),
    /// Dated procedural events of requests.
    Events,
    /// One row for each fault of a row that was not accepted.
    Quarantine,
    /// One row for each export that was read, with what became of its rows.
    Exports,
}

impl LakeTable {
    /// Every table, in the order in which they are committed.
    pub fn all() -> impl Iterator<Item = LakeTable> {
        let others = [LakeTable::Events, LakeTable::Quarantine, LakeTable::Exports];
        DATA_SETS.into_iter().map(LakeTable::Rows).chain(others)
    }

    /// The name of the table in SQL and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            LakeTable::Rows(data_set) => data_set.name(),
            LakeTable::Events => "events",
            LakeTable::Quarantine => "quarantine",
            LakeTable::Exports => "exports",
        }
    }

    /// The columns of the table.
    pub fn schema(self) -> SchemaRef {
        let fields = match self {
            LakeTable::Rows(data_set) => rows_fields(data_set),
            LakeTable::Events => events_fields(),
            LakeTable::Quarantine => quarantine_fields(),
            LakeTable::Exports => exports_fields(),
        };
        Arc::new(Schema::new(fields))
    }

    /// Whether batches with this schema may be written to the table.
    pub(super) fn accepts(self, schema: &Schema) -> bool {
        let own = self.schema();
        own.fields().len() == schema.fields().len()
            && own.fields().iter().zip(schema.fields()).all(|(own, given)| {
                own.name() == given.name() && *own.data_type() == without_dictionary(given.data_type())
            })
    }
}

impl fmt::Display for LakeTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The name is not that of a table of the lake.
#[derive(Debug, thiserror::Error)]
#[error("`{found}` is not a table of the lake")]
pub struct UnknownLakeTable {
    pub found: String,
}

impl FromStr for LakeTable {
    type Err = UnknownLakeTable;

    fn from_str(text: &str) -> Result<Self, UnknownLakeTable> {
        LakeTable::all()
            .find(|table| table.name() == text)
            .ok_or_else(|| UnknownLakeTable { found: text.to_owned() })
    }
}

fn rows_fields(data_set: DataSet) -> Vec<Field> {
    let mut fields = vec![required_text("source"), text("authority")];
    if data_set == DataSet::Requests {
        fields.push(text("family"));
    }
    fields.extend(
        data_set
            .fields()
            .iter()
            .map(|field| Field::new(field.name, arrow_type(field.kind), true)),
    );
    fields.extend(lineage_fields());
    fields
}

fn events_fields() -> Vec<Field> {
    let mut fields = vec![
        required_text("source"),
        text("reference"),
        integer("item"),
        text("event"),
        text("at"),
        date("at_date"),
        text("precision"),
    ];
    fields.extend(lineage_fields());
    fields
}

fn quarantine_fields() -> Vec<Field> {
    let mut fields = vec![required_text("source"), text("data_set")];
    fields.extend(lineage_fields());
    fields.extend(["column", "field", "reason", "value", "suggestion"].map(text));
    fields
}

fn exports_fields() -> Vec<Field> {
    vec![
        required_text("source"),
        text("authority"),
        text("data_set"),
        required_text("export"),
        text("file"),
        date("exported_on"),
        count("rows_read"),
        count("accepted"),
        count("quarantined"),
        count("superseded"),
        count("lake_rows"),
    ]
}

fn lineage_fields() -> [Field; 3] {
    [required_text("export"), count("export_row"), date("exported_on")]
}

fn arrow_type(kind: FieldKind) -> DataType {
    match kind {
        FieldKind::Text | FieldKind::Code(_) => DataType::Utf8,
        FieldKind::CodeList(_) => DataType::List(Arc::new(text("element"))),
        FieldKind::Date => DataType::Date32,
        FieldKind::Integer => DataType::Int64,
        FieldKind::Decimal => DataType::Float64,
        FieldKind::Boolean => DataType::Boolean,
    }
}

fn required_text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn integer(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn count(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn date(name: &str) -> Field {
    Field::new(name, DataType::Date32, true)
}

fn without_dictionary(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::List(element) => {
            let plain = element
                .as_ref()
                .clone()
                .with_data_type(without_dictionary(element.data_type()));
            DataType::List(Arc::new(plain))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_their_columns_in_the_published_order() {
        let schema = LakeTable::Rows(DataSet::Requests).schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names[..5], ["source", "authority", "family", "reference", "item"]);
        assert_eq!(names[names.len() - 3..], ["export", "export_row", "exported_on"]);
        let required: Vec<&str> = schema
            .fields()
            .iter()
            .filter(|field| !field.is_nullable())
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(required, ["source", "export", "export_row"]);
    }

    #[test]
    fn every_table_is_found_by_its_name() {
        for table in LakeTable::all() {
            assert_eq!(table.name().parse::<LakeTable>().unwrap(), table);
        }
        assert!("request".parse::<LakeTable>().is_err());
    }

    #[test]
    fn dictionary_encoded_strings_fit_and_other_columns_do_not() {
        let table = LakeTable::Exports;
        let encoded: Vec<Field> = table
            .schema()
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Utf8 => Field::new(
                    field.name(),
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                    true,
                ),
                _ => field.as_ref().clone(),
            })
            .collect();
        assert!(table.accepts(&Schema::new(encoded)));
        assert!(!table.accepts(&LakeTable::Events.schema()));
    }
}
