//! The session: opening it over a snapshot, and answering queries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::available_parallelism;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Schema, SchemaRef};
use datafusion::common::{SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use tokio::runtime::{Builder, Runtime};

use super::arithmetic::CheckedArithmetic;
use super::catalog::{CodelistTable, Definition, codelist_name, codelist_table, lake_table};
use super::error::EngineError;
use super::histogram::{histogram, histogram_quantile};
use super::parameters::{ParameterValue, Parameters, bind};
use super::statement::parse;
use super::suggestion::nearest;
use crate::lake::{LakeTable, Snapshot};

/// A SQL session over one snapshot of the lake.
pub struct Engine {
    context: SessionContext,
    parameters: Parameters,
    runtime: Runtime,
    counting: Counting,
}

/// When a definition that counts is computed: one that gives no rows of the lake, but counts of them and what follows from counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// In every query that reads it, as far as the query needs it.
    PerQuery,
    /// Whole, when the session is opened, for all queries that read it.
    Once,
}

/// The rows that answer a query. Strings are plain UTF-8 arrays.
#[derive(Clone, Debug)]
pub struct QueryResult {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

impl QueryResult {
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Engine {
    /// Opens a session with the lake's tables, the codelists, and the definitions in this order as views or, if they count and
    /// `counting` is [`Counting::Once`], as tables in memory.
    ///
    /// # Errors
    /// When a definition is not one reading statement, names something that doesn't exist, or can't be computed.
    pub fn open(
        snapshot: &Snapshot,
        codelists: &[CodelistTable],
        definitions: &[Definition],
        parameters: &Parameters,
        counting: Counting,
    ) -> Result<Engine, EngineError> {
        let partitions = available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(partitions)
            .enable_all()
            .build()
            .map_err(|source| EngineError::Start { source })?;
        let engine = Engine {
            context: context(partitions),
            parameters: parameters.clone(),
            runtime,
            counting,
        };
        for table in LakeTable::all() {
            engine.register(table.name(), lake_table(snapshot, table)?)?;
        }
        for codelist in codelists {
            engine.register(&codelist_name(&codelist.name), codelist_table(codelist)?)?;
        }
        for definition in definitions {
            engine.define(definition)?;
        }
        Ok(engine)
    }

    /// Answers the query that the caller calls `name`: one statement that only reads.
    ///
    /// `$as_of` and `$state` have the session's values; `further` gives those of other parameters.
    pub fn query(
        &self,
        name: &str,
        sql: &str,
        further: &BTreeMap<String, ParameterValue>,
    ) -> Result<QueryResult, EngineError> {
        let plan = self.plan(name, sql, further)?;
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let frame = DataFrame::new(self.context.state(), plan);
        let batches = self.runtime.block_on(frame.collect()).map_err(query_error(name))?;
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        plain_result(name, &schema, &batches)
    }

    /// The names of all tables and views, sorted.
    pub fn tables(&self) -> Vec<String> {
        let schemas = self
            .context
            .catalog("datafusion")
            .and_then(|catalog| catalog.schema("public"));
        let mut names = schemas.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    fn register(&self, name: &str, table: Arc<dyn datafusion::catalog::TableProvider>) -> Result<(), EngineError> {
        let registered = self.context.register_table(TableReference::bare(name), table);
        registered.map(drop).map_err(|source| EngineError::Table {
            table: name.to_owned(),
            source: Box::new(source),
        })
    }

    fn define(&self, definition: &Definition) -> Result<(), EngineError> {
        let plan = self.plan(&definition.name, &definition.sql, &BTreeMap::new())?;
        let once = self.counting == Counting::Once && !hands_on_rows(&plan);
        let mut frame = DataFrame::new(self.context.state(), plan);
        if once {
            frame = self
                .runtime
                .block_on(frame.cache())
                .map_err(query_error(&definition.name))?;
        }
        self.register(&definition.name, frame.into_view())
    }

    fn plan(
        &self,
        name: &str,
        sql: &str,
        further: &BTreeMap<String, ParameterValue>,
    ) -> Result<LogicalPlan, EngineError> {
        let mut statement = parse(name, sql)?;
        self.check_tables(name, &statement)?;
        bind(name, &mut statement, &self.parameters.values(further))?;
        let state = self.context.state();
        let planned = self.runtime.block_on(state.statement_to_plan(statement));
        let plan = planned.map_err(|error| planning_error(name, error))?;
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(query_error(name))?;
        Ok(plan)
    }

    fn check_tables(&self, name: &str, statement: &Statement) -> Result<(), EngineError> {
        let references = self
            .context
            .state()
            .resolve_table_references(statement)
            .map_err(query_error(name))?;
        for reference in references {
            let exists = self.context.table_exist(reference.clone()).map_err(query_error(name))?;
            if !exists && self.context.table_function(reference.table()).is_err() {
                let table = reference.table().to_owned();
                let nearest = nearest(&table, self.tables());
                return Err(EngineError::UnknownTable {
                    query: name.to_owned(),
                    table,
                    nearest,
                });
            }
        }
        Ok(())
    }
}

fn context(partitions: usize) -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_information_schema(true);
    let context = SessionContext::new_with_config(config);
    context.add_analyzer_rule(Arc::new(CheckedArithmetic::new()));
    context.register_udaf(histogram());
    context.register_udf(histogram_quantile());
    context
}

/// Whether the plan gives rows of a table of the lake, and not only counts of them.
fn hands_on_rows(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) => false,
        LogicalPlan::TableScan(scan) => scan.table_name.table().parse::<LakeTable>().is_ok(),
        _ => plan.inputs().into_iter().any(hands_on_rows),
    }
}

fn query_error(name: &str) -> impl FnOnce(DataFusionError) -> EngineError {
    move |source| EngineError::Query {
        query: name.to_owned(),
        source: Box::new(source),
    }
}

fn planning_error(name: &str, error: DataFusionError) -> EngineError {
    let DataFusionError::SchemaError(cause, _) = error.find_root() else {
        return query_error(name)(error);
    };
    let SchemaError::FieldNotFound { field, valid_fields } = cause.as_ref() else {
        return query_error(name)(error);
    };
    EngineError::UnknownColumn {
        query: name.to_owned(),
        column: field.name.clone(),
        nearest: nearest(&field.name, valid_fields.iter().map(|field| field.name.clone())),
        source: Box::new(error),
    }
}

fn plain_result(name: &str, schema: &Schema, batches: &[RecordBatch]) -> Result<QueryResult, EngineError> {
    let fields = schema.fields().iter();
    let plain = fields.map(|field| field.as_ref().clone().with_data_type(plain_type(field.data_type())));
    let schema = Arc::new(Schema::new(plain.collect::<Vec<_>>()));
    let batches = batches
        .iter()
        .map(|batch| plain_batch(name, &schema, batch))
        .collect::<Result<_, _>>()?;
    Ok(QueryResult { schema, batches })
}

fn plain_batch(name: &str, schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if !is_finite(column) {
            return Err(EngineError::NotFinite {
                query: name.to_owned(),
                column: field.name().clone(),
            });
        }
        let column = cast(column, field.data_type()).map_err(|error| query_error(name)(error.into()))?;
        columns.push(column);
    }
    let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| query_error(name)(error.into()))
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other.clone(),
    }
}

fn is_finite(column: &ArrayRef) -> bool {
    match column.data_type() {
        DataType::Float64 => column
            .as_primitive::<Float64Type>()
            .iter()
            .flatten()
            .all(f64::is_finite),
        DataType::Float32 => column
            .as_primitive::<Float32Type>()
            .iter()
            .flatten()
            .all(f32::is_finite),
        _ => true,
    }
}
