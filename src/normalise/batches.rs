//! Mapped chunks as record batches of the lake's tables: accepted items, their events, and the faults of quarantined rows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, DictionaryArray, Int16Array, Int64Array, RecordBatch,
    StringArray, UInt32Array, new_null_array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Int16Type, Schema, UInt32Type};
use arrow::error::ArrowError;
use jiff::civil::Date;

use crate::domain::source::SourceDefinition;
use crate::lake::{LakeTable, date_to_days};
use crate::normalise::chunk::{ROW, RowNumbers};
use crate::normalise::columns::code_array;
use crate::normalise::fault::Fault;
use crate::normalise::plan::CodelistIndex;
use crate::normalise::resolve::State;

/// What every row of one export has in common.
pub struct Lineage<'a> {
    pub definition: &'a SourceDefinition,
    /// SHA-256 of the export.
    pub export: &'a str,
    pub exported_on: Date,
}

impl Lineage<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        Some(match name {
            "source" => self.definition.name.as_str(),
            "authority" => self.definition.authority.as_str(),
            "data_set" => self.definition.data_set.name(),
            "export" => self.export,
            _ => return None,
        })
    }

    /// The lineage column called `name` for rows with these numbers.
    fn column(&self, name: &str, rows: &Int64Array) -> Option<ArrayRef> {
        match name {
            "export_row" => Some(Arc::new(rows.clone())),
            "exported_on" => Some(Arc::new(Date32Array::from(vec![
                date_to_days(self.exported_on);
                rows.len()
            ]))),
            _ => self.text(name).map(|text| repeated(text, rows.len())),
        }
    }

    /// A batch with the table's columns: its lineage, for the others what `column` gives, and nothing where that gives none.
    fn batch(
        &self,
        table: LakeTable,
        rows: &Int64Array,
        column: impl Fn(&str) -> Option<ArrayRef>,
    ) -> Result<RecordBatch, ArrowError> {
        let schema = table.schema();
        let array = |field: &Arc<Field>| {
            let array = self.column(field.name(), rows).or_else(|| column(field.name()));
            array.unwrap_or_else(|| new_null_array(field.data_type(), rows.len()))
        };
        let arrays: Vec<ArrayRef> = schema.fields().iter().map(array).collect();
        let fields = schema.fields().iter().zip(&arrays);
        let typed: Vec<_> = fields
            .map(|(field, array)| field.as_ref().clone().with_data_type(array.data_type().clone()))
            .collect();
        RecordBatch::try_new(Arc::new(Schema::new(typed)), arrays)
    }
}

fn repeated(text: &str, times: usize) -> ArrayRef {
    let codes = Arc::new(StringArray::from_iter_values([text]));
    code_array(Int16Array::from(vec![0; times]), &codes)
}

/// The accepted items of a chunk as rows of the lake; `states` and `numbers` are those of the chunk's rows.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn item_batch(
    lineage: &Lineage<'_>,
    index: &CodelistIndex<'_>,
    items: &RecordBatch,
    states: &[State],
    numbers: &RowNumbers,
) -> Result<RecordBatch, ArrowError> {
    let items = accepted(items, states)?;
    let table = LakeTable::Rows(lineage.definition.data_set);
    lineage.batch(table, &export_rows(&items, numbers), |name| {
        match items.column_by_name(name) {
            Some(column) => Some(column.clone()),
            None if name == "family" => items.column_by_name("form").map(|forms| families(forms, index)),
            None => None,
        }
    })
}

/// The events of accepted rows.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn event_batch(
    lineage: &Lineage<'_>,
    events: &RecordBatch,
    states: &[State],
    numbers: &RowNumbers,
) -> Result<RecordBatch, ArrowError> {
    let events = accepted(events, states)?;
    lineage.batch(LakeTable::Events, &export_rows(&events, numbers), |name| {
        events.column_by_name(name).cloned()
    })
}

/// The faults of quarantined rows.
///
/// # Errors
/// Columns of unequal length, which the mapper never makes.
pub fn fault_batch(lineage: &Lineage<'_>, faults: &[Fault]) -> Result<RecordBatch, ArrowError> {
    let rows = Int64Array::from_iter_values(faults.iter().map(|fault| fault.export_row as i64));
    lineage.batch(LakeTable::Quarantine, &rows, |name| {
        let text = |fault: &Fault| match name {
            "column" => fault.column.clone(),
            "field" => fault.field.clone(),
            "reason" => Some(fault.reason.code().to_owned()),
            "value" => fault.value.clone(),
            _ => fault.suggestion.clone(),
        };
        Some(Arc::new(faults.iter().map(text).collect::<StringArray>()))
    })
}

/// What belongs to accepted rows of the chunk.
fn accepted(batch: &RecordBatch, states: &[State]) -> Result<RecordBatch, ArrowError> {
    let is_accepted = |row: u32| states[row as usize] == State::Accepted;
    if rows_of(batch).values().iter().all(|row| is_accepted(*row)) {
        return Ok(batch.clone());
    }
    let mask: BooleanArray = rows_of(batch)
        .values()
        .iter()
        .map(|row| Some(is_accepted(*row)))
        .collect();
    filter_record_batch(batch, &mask)
}

/// The position in the chunk of each item's or event's row.
fn rows_of(batch: &RecordBatch) -> &UInt32Array {
    batch[ROW].as_primitive::<UInt32Type>()
}

/// The number in the file of each item's or event's row.
fn export_rows(batch: &RecordBatch, numbers: &RowNumbers) -> Int64Array {
    let number = |row: &u32| numbers.get(*row as usize) as i64;
    Int64Array::from_iter_values(rows_of(batch).values().iter().map(number))
}

/// The family of each item's form.
fn families(forms: &ArrayRef, index: &CodelistIndex<'_>) -> ArrayRef {
    let forms: &DictionaryArray<Int16Type> = forms.as_dictionary();
    let family = |form: Option<i16>| {
        let form = usize::from(form?.unsigned_abs());
        index.family_of_form.get(form).copied().flatten()
    };
    code_array(forms.keys().iter().map(family).collect(), &index.codes("families"))
}
