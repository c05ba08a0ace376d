//! Which SQL may run: one statement that only reads.
//!
//! Input: SQL text. Output: the parsed statement, or an error that names its kind. What it reads is checked when it is planned.

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::error::EngineError;

/// Parses `sql`, which the caller calls `query`, and refuses everything but one reading statement.
pub(super) fn parse(query: &str, sql: &str) -> Result<Statement, EngineError> {
    let mut statements = DFParser::parse_sql(sql).map_err(|source| EngineError::Syntax {
        query: query.to_owned(),
        source: Box::new(source),
    })?;
    let found = statements.len();
    let (Some(statement), true) = (statements.pop_front(), found == 1) else {
        return Err(EngineError::StatementCount {
            query: query.to_owned(),
            found,
        });
    };
    if !only_reads(&statement) {
        return Err(EngineError::NotReadOnly {
            query: query.to_owned(),
            statement: kind(&statement),
        });
    }
    Ok(statement)
}

fn only_reads(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(statement) => sql_only_reads(statement),
        Statement::Explain(explain) => only_reads(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => false,
    }
}

fn sql_only_reads(statement: &SqlStatement) -> bool {
    match statement {
        SqlStatement::Query(_)
        | SqlStatement::ExplainTable { .. }
        | SqlStatement::ShowTables { .. }
        | SqlStatement::ShowColumns { .. }
        | SqlStatement::ShowVariable { .. } => true,
        SqlStatement::Explain { statement, .. } => sql_only_reads(statement),
        _ => false,
    }
}

/// The words by which the statement begins, such as `CREATE TABLE`.
fn kind(statement: &Statement) -> String {
    let text = match statement {
        Statement::Explain(explain) => explain.statement.to_string(),
        other => other.to_string(),
    };
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(verb @ ("CREATE" | "DROP" | "ALTER")), Some(object)) => format!("{verb} {object}"),
        (verb, _) => verb.unwrap_or_default().to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, refused: Option<&str>) {
        match (parse("q", sql), refused) {
            (Ok(_), None) => {}
            (Err(EngineError::NotReadOnly { statement, .. }), Some(kind)) => assert_eq!(statement, kind, "{sql}"),
            (result, _) => panic!("{sql}: {result:?}"),
        }
    }

    #[test]
    fn reading_statements_pass() {
        for sql in [
            "select 1",
            "with a as (select 1) select * from a",
            "show tables",
            "show columns from t",
        ] {
            check(sql, None);
        }
        for sql in [
            "describe t",
            "explain select 1",
            "explain analyze select 1",
            "values (1)",
            "select 1;",
        ] {
            check(sql, None);
        }
    }

    #[test]
    fn everything_else_is_refused_by_kind() {
        check("create table t as select 1", Some("CREATE TABLE"));
        check(
            "create external table t stored as csv location '/tmp/x'",
            Some("CREATE EXTERNAL"),
        );
        check("drop view v", Some("DROP VIEW"));
        check("insert into t values (1)", Some("INSERT"));
        check("delete from t", Some("DELETE"));
        check("copy t to '/tmp/x.csv'", Some("COPY"));
        check("set datafusion.execution.batch_size = 1", Some("SET"));
        check("explain insert into t values (1)", Some("INSERT"));
    }

    #[test]
    fn there_is_exactly_one_statement() {
        for (sql, expected) in [("", 0), ("select 1; select 2", 2)] {
            match parse("q", sql) {
                Err(EngineError::StatementCount { found, .. }) => assert_eq!(found, expected),
                result => panic!("{sql}: {result:?}"),
            }
        }
    }
}
