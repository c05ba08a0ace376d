//! Values of one chunk, field by field, as they become Arrow arrays.
//!
//! A column grows by one value for each item. Codes are numbers into the codelist's codes, so that a repeated code costs two bytes.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, DictionaryArray, Float64Builder, Int16Array, Int16Builder,
    Int64Builder, ListBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int16Type};

use crate::domain::dataset::FieldKind;

/// One field's value of one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    /// Begin and end in the texts of the row.
    Text(usize, usize),
    /// Position in the codelist's codes.
    Code(i16),
    Codes(Arc<[i16]>),
    /// Days since 1970-01-01.
    Date(i32),
    Integer(i64),
    Decimal(f64),
    Boolean(bool),
}

/// The codes that a coded field's numbers stand for.
pub type Codes = Arc<StringArray>;

/// The values of one field.
#[derive(Debug)]
pub enum Column {
    Text(StringBuilder),
    Code(Int16Builder, Codes),
    Codes(ListBuilder<StringBuilder>, Codes),
    Date(Date32Builder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Boolean(BooleanBuilder),
}

impl Column {
    /// An empty column for a field of this kind.
    pub fn new(kind: FieldKind, codes: impl FnOnce(&str) -> Codes) -> Self {
        match kind {
            FieldKind::Text => Column::Text(StringBuilder::new()),
            FieldKind::Code(codelist) => Column::Code(Int16Builder::new(), codes(codelist)),
            FieldKind::CodeList(codelist) => {
                let element = ArrowField::new("element", DataType::Utf8, true);
                let builder = ListBuilder::new(StringBuilder::new()).with_field(element);
                Column::Codes(builder, codes(codelist))
            }
            FieldKind::Date => Column::Date(Date32Builder::new()),
            FieldKind::Integer => Column::Integer(Int64Builder::new()),
            FieldKind::Decimal => Column::Decimal(Float64Builder::new()),
            FieldKind::Boolean => Column::Boolean(BooleanBuilder::new()),
        }
    }

    /// Appends a value, whose text stands in `texts`; one of another kind counts as none, which the mapper never gives.
    pub fn push(&mut self, value: &Value, texts: &str) {
        match (self, value) {
            (Column::Text(column), Value::Text(begin, end)) => column.append_value(&texts[*begin..*end]),
            (Column::Text(column), _) => column.append_null(),
            (Column::Code(column, _), Value::Code(code)) => column.append_value(*code),
            (Column::Code(column, _), _) => column.append_null(),
            (Column::Codes(column, codes), Value::Codes(list)) => {
                for code in list.iter() {
                    column
                        .values()
                        .append_value(codes.value(usize::from(code.unsigned_abs())));
                }
                column.append(!list.is_empty());
            }
            (Column::Codes(column, _), _) => column.append_null(),
            (Column::Date(column), Value::Date(days)) => column.append_value(*days),
            (Column::Date(column), _) => column.append_null(),
            (Column::Integer(column), Value::Integer(number)) => column.append_value(*number),
            (Column::Integer(column), _) => column.append_null(),
            (Column::Decimal(column), Value::Decimal(number)) => column.append_value(*number),
            (Column::Decimal(column), _) => column.append_null(),
            (Column::Boolean(column), Value::Boolean(value)) => column.append_value(*value),
            (Column::Boolean(column), _) => column.append_null(),
        }
    }

    /// The values so far as an array, codes as a dictionary; the column is empty afterwards, with room for about as many again.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Text(column) => {
                let next = StringBuilder::with_capacity(room(column.len()), room(column.values_slice().len()));
                Arc::new(std::mem::replace(column, next).finish())
            }
            Column::Code(column, codes) => {
                let next = Int16Builder::with_capacity(room(column.len()));
                code_array(std::mem::replace(column, next).finish(), codes)
            }
            Column::Codes(column, _) => Arc::new(column.finish()),
            Column::Date(column) => {
                let next = Date32Builder::with_capacity(room(column.len()));
                Arc::new(std::mem::replace(column, next).finish())
            }
            Column::Integer(column) => {
                let next = Int64Builder::with_capacity(room(column.len()));
                Arc::new(std::mem::replace(column, next).finish())
            }
            Column::Decimal(column) => Arc::new(column.finish()),
            Column::Boolean(column) => Arc::new(column.finish()),
        }
    }
}

/// Room for what a chunk may hold if the one before held so much: they differ little.
fn room(held: usize) -> usize {
    held + held / 16
}

/// An array of codes as a dictionary.
pub fn code_array(numbers: Int16Array, codes: &Codes) -> ArrayRef {
    let array = DictionaryArray::<Int16Type>::try_new(numbers, codes.clone());
    Arc::new(array.expect("every number is a position in the codes"))
}
