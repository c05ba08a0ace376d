//! Values of one chunk, field by field, until they become Arrow arrays.
//!
//! A column grows by one value for each item. Codes are numbers into the codelist's codes, so that a repeated code costs two bytes.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int16Array, Int64Array, ListBuilder,
    StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int16Type};
use jiff::civil::Date;

use crate::domain::dataset::FieldKind;
use crate::lake::date_to_days;

/// One field's value of one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Text(String),
    /// Position in the codelist's codes.
    Code(i16),
    Codes(Vec<i16>),
    Date(Date),
    Integer(i64),
    Decimal(f64),
    Boolean(bool),
}

/// The codes that a coded field's numbers stand for.
pub type Codes = Arc<StringArray>;

/// The values of one field.
#[derive(Debug)]
pub enum Column {
    Text(Vec<Option<String>>),
    Code(Vec<Option<i16>>, Codes),
    Codes(Vec<Vec<i16>>, Codes),
    Date(Vec<Option<i32>>),
    Integer(Vec<Option<i64>>),
    Decimal(Vec<Option<f64>>),
    Boolean(Vec<Option<bool>>),
}

impl Column {
    /// An empty column for a field of this kind.
    pub fn new(kind: FieldKind, codes: impl FnOnce(&str) -> Codes) -> Self {
        match kind {
            FieldKind::Text => Column::Text(Vec::new()),
            FieldKind::Code(codelist) => Column::Code(Vec::new(), codes(codelist)),
            FieldKind::CodeList(codelist) => Column::Codes(Vec::new(), codes(codelist)),
            FieldKind::Date => Column::Date(Vec::new()),
            FieldKind::Integer => Column::Integer(Vec::new()),
            FieldKind::Decimal => Column::Decimal(Vec::new()),
            FieldKind::Boolean => Column::Boolean(Vec::new()),
        }
    }

    /// Appends a value; one of another kind counts as none, which the mapper never gives.
    pub fn push(&mut self, value: Value) {
        match self {
            Column::Text(values) => values.push(if let Value::Text(text) = value {
                Some(text)
            } else {
                None
            }),
            Column::Code(values, _) => values.push(if let Value::Code(code) = value {
                Some(code)
            } else {
                None
            }),
            Column::Codes(values, _) => values.push(if let Value::Codes(codes) = value {
                codes
            } else {
                Vec::new()
            }),
            Column::Date(values) => values.push(if let Value::Date(date) = value {
                Some(date_to_days(date))
            } else {
                None
            }),
            Column::Integer(values) => values.push(if let Value::Integer(number) = value {
                Some(number)
            } else {
                None
            }),
            Column::Decimal(values) => values.push(if let Value::Decimal(number) = value {
                Some(number)
            } else {
                None
            }),
            Column::Boolean(values) => values.push(if let Value::Boolean(value) = value {
                Some(value)
            } else {
                None
            }),
        }
    }

    /// The column as an array; codes as a dictionary, an empty list of codes as no value.
    pub fn into_array(self) -> ArrayRef {
        match self {
            Column::Text(values) => Arc::new(StringArray::from(values)),
            Column::Code(values, codes) => code_array(values, &codes),
            Column::Codes(values, codes) => list_array(&values, &codes),
            Column::Date(values) => Arc::new(Date32Array::from(values)),
            Column::Integer(values) => Arc::new(Int64Array::from(values)),
            Column::Decimal(values) => Arc::new(Float64Array::from(values)),
            Column::Boolean(values) => Arc::new(BooleanArray::from(values)),
        }
    }
}

/// An array of codes as a dictionary.
pub fn code_array(values: Vec<Option<i16>>, codes: &Codes) -> ArrayRef {
    let array = DictionaryArray::<Int16Type>::try_new(Int16Array::from(values), codes.clone());
    Arc::new(array.expect("every number is a position in the codes"))
}

fn list_array(values: &[Vec<i16>], codes: &Codes) -> ArrayRef {
    let element = ArrowField::new("element", DataType::Utf8, true);
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element);
    for list in values {
        for code in list {
            builder
                .values()
                .append_value(codes.value(usize::from(code.unsigned_abs())));
        }
        builder.append(!list.is_empty());
    }
    Arc::new(builder.finish())
}
