//! What can go wrong with a query. Every message names the query, and the nearest known name where one was misspelt.

use datafusion::error::DataFusionError;

use super::suggestion::did_you_mean;

/// A failure to open the engine or to answer a query.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("cannot start the SQL engine: {source}")]
    Start { source: std::io::Error },

    #[error("cannot read the table `{table}`: {source}")]
    Table {
        table: String,
        source: Box<DataFusionError>,
    },

    #[error("codelist `{codelist}`, row {row}: found {found} cells, expected {expected} as in the header")]
    CodelistRow {
        codelist: String,
        row: usize,
        found: usize,
        expected: usize,
    },

    #[error("query `{query}` is not valid SQL: {source}")]
    Syntax {
        query: String,
        source: Box<DataFusionError>,
    },

    #[error("query `{query}` has {found} statements, expected one SELECT")]
    StatementCount { query: String, found: usize },

    #[error(
        "query `{query}` is a {statement} statement; the lake can only be read: \
         expected SELECT, WITH, SHOW, DESCRIBE or EXPLAIN"
    )]
    NotReadOnly { query: String, statement: String },

    #[error("query `{query}` uses the parameter `{parameter}`, which has no value{}", did_you_mean(.nearest))]
    UnknownParameter {
        query: String,
        parameter: String,
        nearest: Option<String>,
    },

    #[error("query `{query}` reads the table `{table}`, which does not exist{}", did_you_mean(.nearest))]
    UnknownTable {
        query: String,
        table: String,
        nearest: Option<String>,
    },

    #[error("query `{query}` names the column `{column}`, which does not exist{}: {source}", did_you_mean(.nearest))]
    UnknownColumn {
        query: String,
        column: String,
        nearest: Option<String>,
        source: Box<DataFusionError>,
    },

    #[error("query `{query}` failed: {source}")]
    Query {
        query: String,
        source: Box<DataFusionError>,
    },

    #[error(
        "query `{query}` gave a value in the column `{column}` that is infinite or not a number; \
         make it NULL where it is undefined, for example with nullif"
    )]
    NotFinite { query: String, column: String },
}
