//! Mapped chunks as record batches of the lake's tables: accepted items, their events, and the faults of quarantined rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int16Type, Schema};
use arrow::error::ArrowError;
use jiff::civil::Date;

use crate::domain::dataset::DataSet;
use crate::domain::source::SourceDefinition;
use crate::lake::{LakeTable, date_to_days};
use crate::normalise::columns::{Column, code_array};
use crate::normalise::export::Export;
use crate::normalise::fault::Fault;
use crate::normalise::plan::CodelistIndex;
use crate::normalise::resolve::State;
use crate::normalise::row_mapper::{EventColumns, MappedRow, moment_text};

/// What every row of one export has in common.
pub struct Lineage<'a> {
    pub definition: &'a SourceDefinition,
    pub export: &'a Export,
    pub exported_on: Date,
}

impl Lineage<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        Some(match name {
            "source" => self.definition.name.as_str(),
            "authority" => self.definition.authority.as_str(),
            "data_set" => self.definition.data_set.name(),
            "export" => self.export.sha256.as_str(),
            _ => return None,
        })
    }

    /// The lineage column called `name` for rows with these numbers.
    fn column(&self, name: &str, rows: &[u64]) -> Option<ArrayRef> {
        match name {
            "export_row" => Some(Arc::new(Int64Array::from_iter_values(
                rows.iter().map(|row| *row as i64),
            ))),
            "exported_on" => Some(Arc::new(Date32Array::from(vec![
                date_to_days(self.exported_on);
                rows.len()
            ]))),
            _ => self.text(name).map(|text| repeated(text, rows.len())),
        }
    }

    /// A batch with the table's columns: its lineage, and for the others what `column` gives.
    fn batch(
        &self,
        table: LakeTable,
        rows: &[u64],
        mut column: impl FnMut(&str) -> ArrayRef,
    ) -> Result<RecordBatch, ArrowError> {
        let schema = table.schema();
        let names = schema.fields().iter().map(|field| field.name());
        let arrays: Vec<ArrayRef> = names
            .map(|name| self.column(name, rows).unwrap_or_else(|| column(name)))
            .collect();
        let fields = schema.fields().iter().zip(&arrays);
        let typed: Vec<_> = fields
            .map(|(field, array)| field.as_ref().clone().with_data_type(array.data_type().clone()))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(typed)), arrays)
    }
}

fn repeated(text: &str, times: usize) -> ArrayRef {
    let values = Arc::new(StringArray::from_iter_values([text]));
    let array = DictionaryArray::<Int16Type>::try_new(Int16Array::from(vec![0; times]), values);
    Arc::new(array.expect("every number is the position of the only value"))
}

/// The accepted items of a chunk.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn item_batch(
    lineage: &Lineage<'_>,
    index: &CodelistIndex<'_>,
    columns: Vec<Column>,
    item_rows: &[u64],
    accepted: &BooleanArray,
) -> Result<RecordBatch, ArrowError> {
    let data_set = lineage.definition.data_set;
    let family = families(data_set, index, &columns);
    let mut arrays: Vec<Option<ArrayRef>> = columns.into_iter().map(|column| Some(column.into_array())).collect();
    let batch = lineage.batch(LakeTable::Rows(data_set), item_rows, |name| {
        let position = data_set.fields().iter().position(|field| field.name == name);
        let own = position.and_then(|position| arrays[position].take());
        own.or_else(|| family.clone())
            .expect("a column is a lineage, a field or the family")
    })?;
    filter_record_batch(&batch, accepted)
}

/// The family of each item's form.
fn families(data_set: DataSet, index: &CodelistIndex<'_>, columns: &[Column]) -> Option<ArrayRef> {
    let position = data_set.fields().iter().position(|field| field.name == "form")?;
    let Column::Code(forms, _) = &columns[position] else {
        return None;
    };
    let family = |form: &Option<i16>| {
        form.and_then(|form| {
            index
                .family_of_form
                .get(usize::from(form.unsigned_abs()))
                .copied()
                .flatten()
        })
    };
    Some(code_array(forms.iter().map(family).collect(), &index.codes("families")))
}

/// The events of accepted rows.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn event_batch(
    lineage: &Lineage<'_>,
    events: &EventColumns,
    rows: &[u64],
    accepted: &BooleanArray,
) -> Result<RecordBatch, ArrowError> {
    let batch = lineage.batch(LakeTable::Events, rows, |name| match name {
        "reference" => Arc::new(StringArray::from(events.reference.clone())),
        "item" => Arc::new(Int64Array::from(events.item.clone())),
        "event" => Arc::new(StringArray::from_iter_values(&events.event)),
        "at" => Arc::new(StringArray::from_iter_values(
            events.at.iter().map(|at| moment_text(at).0),
        )),
        "at_date" => Arc::new(Date32Array::from_iter_values(
            events.at.iter().map(|at| date_to_days(at.date)),
        )),
        _ => Arc::new(StringArray::from_iter_values(
            events.at.iter().map(|at| moment_text(at).1),
        )),
    })?;
    filter_record_batch(&batch, accepted)
}

/// The faults of quarantined rows.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn fault_batch(lineage: &Lineage<'_>, faults: &[Fault]) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<u64> = faults.iter().map(|fault| fault.export_row).collect();
    lineage.batch(LakeTable::Quarantine, &rows, |name| {
        let text = |fault: &Fault| match name {
            "column" => fault.column.clone(),
            "field" => fault.field.clone(),
            "reason" => Some(fault.reason.code().to_owned()),
            "value" => fault.value.clone(),
            _ => fault.suggestion.clone(),
        };
        Arc::new(faults.iter().map(text).collect::<StringArray>())
    })
}

/// For each of these positions of rows in a chunk, whether the row was accepted.
pub fn accepted_mask(positions: &[usize], states: &[State]) -> BooleanArray {
    let accepted = |position: &usize| states[*position] == State::Accepted;
    BooleanArray::from(positions.iter().map(accepted).collect::<Vec<bool>>())
}

/// The numbers of the rows at these positions of a chunk.
pub fn row_numbers(positions: &[usize], rows: &[MappedRow]) -> Vec<u64> {
    positions.iter().map(|position| rows[*position].number).collect()
}
