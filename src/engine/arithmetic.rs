//! Arithmetic that the SQL engine does silently wrong or can't finish, put right in every plan.
//!
//! Input: a plan whose types are settled. Output: the same plan with two operations exchanged for functions. A floating-point divisor
//! is checked, because a division by zero would give infinity, which a later comparison or rounding hides (whole numbers fail anyway);
//! whoever means "undefined" writes `a / nullif(b, 0)`. The difference of two dates is counted in days by a function, because
//! the engine's estimate for a filter such as `b - a > 30` takes it for a duration and fails.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Int64Array};
use datafusion::arrow::compute::kernels::arity::binary;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Float32Type, Float64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{BinaryExpr, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

/// The rule that exchanges the operations.
#[derive(Debug)]
pub(super) struct CheckedArithmetic {
    divisor: Arc<ScalarUDF>,
    days_between: Arc<ScalarUDF>,
}

impl CheckedArithmetic {
    pub(super) fn new() -> CheckedArithmetic {
        let floats = vec![DataType::Float64, DataType::Float32];
        let divisor = Divisor {
            signature: Signature::uniform(1, floats, Volatility::Immutable),
        };
        let dates = vec![DataType::Date32, DataType::Date32];
        let days_between = DaysBetween {
            signature: Signature::exact(dates, Volatility::Immutable),
        };
        CheckedArithmetic {
            divisor: Arc::new(ScalarUDF::new_from_impl(divisor)),
            days_between: Arc::new(ScalarUDF::new_from_impl(days_between)),
        }
    }

    fn check_plan(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expression| {
            let name = names.save(&expression);
            let checked = expression.transform_up(|part| self.check_expression(part, &schema))?;
            Ok(checked.update_data(|expression| name.restore(expression)))
        })
    }

    fn check_expression(&self, expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expression else {
            return Ok(Transformed::no(expression));
        };
        let (from, to) = (left.get_type(schema)?, right.get_type(schema)?);
        match op {
            Operator::Divide | Operator::Modulo if to.is_floating() => {
                let right = Box::new(call(&self.divisor, vec![*right]));
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right })))
            }
            Operator::Minus if from == DataType::Date32 && to == DataType::Date32 => {
                Ok(Transformed::yes(call(&self.days_between, vec![*left, *right])))
            }
            _ => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
        }
    }
}

fn call(function: &Arc<ScalarUDF>, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction {
        func: Arc::clone(function),
        args: arguments,
    })
}

impl AnalyzerRule for CheckedArithmetic {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(|plan| self.check_plan(plan))?.data)
    }

    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }
}

/// The function around a divisor.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Divisor {
    signature: Signature,
}

impl ScalarUDFImpl for Divisor {
    fn name(&self) -> &'static str {
        "divisor"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        Ok(argument_types.first().cloned().unwrap_or(DataType::Float64))
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let field = arguments.arg_fields.first();
        let nullable = field.is_none_or(|field| field.is_nullable());
        let data_type = field.map_or(DataType::Float64, |field| field.data_type().clone());
        Ok(Arc::new(Field::new(self.name(), data_type, nullable)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut values = arguments.args;
        let Some(value) = values.pop() else {
            return exec_err!("the divisor is missing");
        };
        let array = value.to_array(1)?;
        let zero = match array.data_type() {
            DataType::Float32 => array
                .as_primitive::<Float32Type>()
                .iter()
                .flatten()
                .any(|number| number == 0.0),
            _ => array
                .as_primitive::<Float64Type>()
                .iter()
                .flatten()
                .any(|number| number == 0.0),
        };
        if zero {
            return exec_err!("division by zero; write `a / nullif(b, 0)` where the result is undefined");
        }
        Ok(value)
    }
}

/// Days from the second date to the first.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DaysBetween {
    signature: Signature,
}

impl ScalarUDFImpl for DaysBetween {
    fn name(&self) -> &'static str {
        "days_between"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _argument_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = arguments.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Int64, nullable)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [to, from] = arrays.as_slice() else {
            return exec_err!("expected two dates");
        };
        let (to, from) = (to.as_primitive::<Date32Type>(), from.as_primitive::<Date32Type>());
        let days: Int64Array = binary(to, from, |to, from| i64::from(to) - i64::from(from))?;
        Ok(ColumnarValue::Array(Arc::new(days)))
    }
}
