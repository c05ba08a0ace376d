//! Named parameters of a query, `$name` in SQL, as values.
//!
//! Input: a parsed statement and values. Output: the statement with every `$name` replaced by a typed literal in the syntax tree,
//! before planning, so that functions see the parameter's type and no text is ever pasted into SQL.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{DataType, Expr, TypedString, Value, visit_expressions_mut};
use jiff::civil::Date;

use super::error::EngineError;
use super::suggestion::nearest;

/// The parameters that every definition and measure may use.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `$as_of`: the observation date.
    pub as_of: Date,
    /// `$state`: code of the reporting State.
    pub state: String,
}

/// A value for a named parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    Text(String),
    Date(Date),
    Integer(i64),
}

impl Parameters {
    /// These parameters by name, together with further ones; a further one can't replace them.
    pub(super) fn values(&self, further: &BTreeMap<String, ParameterValue>) -> BTreeMap<String, ParameterValue> {
        let mut values = further.clone();
        values.insert("as_of".to_owned(), ParameterValue::Date(self.as_of));
        values.insert("state".to_owned(), ParameterValue::Text(self.state.clone()));
        values
    }
}

impl ParameterValue {
    fn literal(&self) -> Expr {
        match self {
            ParameterValue::Text(text) => Expr::Value(Value::SingleQuotedString(text.clone()).with_empty_span()),
            ParameterValue::Integer(number) => Expr::Value(Value::Number(number.to_string(), false).with_empty_span()),
            ParameterValue::Date(date) => Expr::TypedString(TypedString {
                data_type: DataType::Date,
                value: Value::SingleQuotedString(date.to_string()).with_empty_span(),
                uses_odbc_syntax: false,
            }),
        }
    }
}

/// Puts the values in the place of the parameters; `query` names the statement in the error for one that has no value.
pub(super) fn bind(
    query: &str,
    statement: &mut Statement,
    values: &BTreeMap<String, ParameterValue>,
) -> Result<(), EngineError> {
    match statement {
        Statement::Explain(explain) => bind(query, &mut explain.statement, values),
        Statement::Statement(statement) => {
            match visit_expressions_mut(statement.as_mut(), |part| replace(part, values)) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(parameter) => Err(EngineError::UnknownParameter {
                    query: query.to_owned(),
                    nearest: nearest(&parameter, values.keys().map(|name| format!("${name}"))),
                    parameter,
                }),
            }
        }
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => Ok(()),
    }
}

fn replace(part: &mut Expr, values: &BTreeMap<String, ParameterValue>) -> ControlFlow<String> {
    let Expr::Value(value) = part else {
        return ControlFlow::Continue(());
    };
    let Value::Placeholder(placeholder) = &value.value else {
        return ControlFlow::Continue(());
    };
    match placeholder.strip_prefix('$').and_then(|name| values.get(name)) {
        Some(value) => {
            *part = value.literal();
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(placeholder.clone()),
    }
}
