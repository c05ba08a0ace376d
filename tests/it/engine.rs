//! SQL over a small lake. Expected numbers are worked out by hand in the test.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use rogatory::engine::{
    CodelistTable, Counting, Definition, Engine, EngineError, ParameterValue, Parameters, QueryResult,
};
use rogatory::lake::{Lake, LakeTable, Snapshot};

use crate::fixture::{Folder, Request, request};

fn rows() -> Vec<Request> {
    let with_offences = |row: Request| Request {
        offences: &["fraud", "laundering"],
        cost_amount: Some(10.5),
        ..row
    };
    vec![
        with_offences(request("1/2025", "IT", "2025-01-01", Some("2025-01-02"))),
        request("2/2025", "IT", "2025-01-01", Some("2025-01-03")),
        request("3/2025", "IT", "2025-01-01", Some("2025-01-05")),
        request("4/2025", "DE", "2025-01-01", Some("2025-01-11")),
        request("5/2025", "DE", "2025-06-30", None),
    ]
}

fn definition(name: &str, sql: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        sql: sql.to_owned(),
    }
}

fn open(folder: &Folder, definitions: &[Definition], counting: Counting) -> Result<Engine, EngineError> {
    let snapshot = Snapshot::open(&folder.path()).unwrap();
    let states = CodelistTable {
        name: "states".to_owned(),
        header: vec!["code".to_owned(), "label_en".to_owned()],
        rows: vec![
            vec!["IT".to_owned(), "Italy".to_owned()],
            vec!["DE".to_owned(), String::new()],
        ],
    };
    let parameters = Parameters {
        as_of: "2025-12-31".parse().unwrap(),
        state: "RO".to_owned(),
    };
    Engine::open(&snapshot, &[states], definitions, &parameters, counting)
}

/// The folder is removed with the first value.
fn engine() -> (Folder, Engine) {
    let folder = Folder::new();
    folder.run("ro-mj", &rows());
    let days =
        "select reference, counterpart, completed_on - received_on as days from requests where received_on <= $as_of";
    let engine = open(
        &folder,
        &[definition("a", days), definition("b", "select * from a where days > 1")],
        Counting::PerQuery,
    )
    .unwrap();
    (folder, engine)
}

fn ask(engine: &Engine, sql: &str) -> Result<QueryResult, EngineError> {
    engine.query("test", sql, &BTreeMap::new())
}

fn numbers(result: &QueryResult) -> Vec<f64> {
    let column = |batch: &arrow::array::RecordBatch| {
        arrow::compute::cast(batch.column(0), &DataType::Float64)
            .unwrap()
            .as_primitive::<Float64Type>()
            .values()
            .to_vec()
    };
    result.batches.iter().flat_map(column).collect()
}

fn number(engine: &Engine, sql: &str) -> f64 {
    let result = ask(engine, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(result.row_count(), 1, "{sql}");
    numbers(&result)[0]
}

fn text(engine: &Engine, sql: &str) -> String {
    let result = ask(engine, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    result.batches[0].column(0).as_string::<i32>().value(0).to_owned()
}

fn message(engine: &Engine, sql: &str) -> String {
    match ask(engine, sql) {
        Ok(result) => panic!("{sql} gave {} rows", result.row_count()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn lake_tables_have_plain_types() {
    let (_folder, engine) = engine();
    let result = ask(&engine, "select * from requests order by reference").unwrap();
    assert_eq!(
        result.schema.as_ref(),
        LakeTable::Rows(rogatory::domain::dataset::DataSet::Requests)
            .schema()
            .as_ref()
    );
    let batch = &result.batches[0];
    let received = batch
        .column_by_name("received_on")
        .unwrap()
        .as_primitive::<Date32Type>();
    assert_eq!(
        rogatory::lake::date_from_days(received.value(4)),
        Some("2025-06-30".parse().unwrap())
    );
    let offences = batch.column_by_name("offences").unwrap().as_list::<i32>();
    assert_eq!(
        (offences.value(0).as_string::<i32>().value(1), offences.is_null(1)),
        ("laundering", true)
    );
    assert_eq!(
        number(&engine, "select count(*) from requests where 'fraud' = any(offences)"),
        1.0
    );
    assert_eq!(
        number(&engine, "select count(*) from (select unnest(offences) from requests)"),
        2.0
    );
}

#[test]
fn tables_without_rows_have_their_columns() {
    let folder = Folder::new();
    Lake::open_or_create(&folder.path())
        .unwrap()
        .commit(&BTreeMap::new())
        .unwrap();
    let engine = open(&folder, &[], Counting::PerQuery).unwrap();
    for table in LakeTable::all() {
        let result = ask(&engine, &format!("select * from {table}")).unwrap();
        assert_eq!(
            (result.row_count(), result.schema.fields()),
            (0, table.schema().fields()),
            "{table}"
        );
    }
    assert_eq!(number(&engine, "select count(*) from requests"), 0.0);
}

#[test]
fn codelists_are_text_and_empty_cells_are_null() {
    let (_folder, engine) = engine();
    assert_eq!(
        text(&engine, "select label_en from codelist_states where code = 'IT'"),
        "Italy"
    );
    assert_eq!(
        number(&engine, "select count(*) from codelist_states where label_en is null"),
        1.0
    );
}

#[test]
fn quantiles_interpolate_linearly() {
    let (_folder, engine) = engine();
    // Days are 1, 2, 4, 10. Type 7: position (4 - 1) * p. Median: 1.5 -> 2 + 0.5 * (4 - 2) = 3. p90: 2.7 -> 4 + 0.7 * (10 - 4) = 8.2.
    let quantile = |p: &str| {
        number(
            &engine,
            &format!("select percentile_cont({p}) within group (order by days) from a"),
        )
    };
    assert_eq!(quantile("0.5"), 3.0);
    assert!((quantile("0.9") - 8.2).abs() < 1e-12, "{}", quantile("0.9"));
    assert_eq!((quantile("0.0"), quantile("1.0")), (1.0, 10.0));
    assert_eq!(number(&engine, "select median(cast(days as double)) from a"), 3.0);
    // Whole mean of 1, 2, 4, 10: 17 / 4 = 4.25.
    assert_eq!(number(&engine, "select avg(days) from a"), 4.25);
}

#[test]
fn histograms_add_up_to_those_of_totals() {
    let (_folder, engine) = engine();
    // Days are 1, 2, 4 with Italy and 10 with Germany, where one request has none. Type 7, all: position 3 x 9/10 = 2.7, 4 + 0.7 x 6.
    let by_state = "with h as (select counterpart, histogram(days) as days from a group by counterpart)";
    let ask_number = |select: &str| number(&engine, &format!("{by_state} {select}"));
    let quantile = "select histogram_quantile(days, 9, 10) from h where counterpart";
    assert_eq!(ask_number(&format!("{quantile} = 'IT'")), 3.6);
    assert_eq!(ask_number(&format!("{quantile} = 'DE'")), 10.0);
    assert_eq!(
        ask_number("select histogram_quantile(histogram(days), 9, 10) from h"),
        8.2
    );
    assert_eq!(
        ask_number("select histogram_quantile(histogram(days), 1, 2) from h"),
        3.0
    );
    assert_eq!(
        number(&engine, "select histogram_quantile(histogram(days), 9, 10) from a"),
        8.2
    );
    assert_eq!(
        number(
            &engine,
            "select histogram_quantile(histogram(days) filter (where days > 1), 0, 1) from a"
        ),
        2.0
    );
    let by_group = "select q from (select histogram_quantile(histogram(days) filter (where days > 2), 0, 1) as q from a
        group by counterpart) order by q";
    assert_eq!(numbers(&ask(&engine, by_group).unwrap()), [4.0, 10.0]);
    let nothing = "select histogram_quantile(histogram(days), 1, 2) is null from a where days > 99";
    assert_eq!(number(&engine, nothing), 1.0);
    let nothing = "select count(*) from (select histogram(days) as h from a where reference = '5/2025' group by counterpart) where h is null";
    assert_eq!(number(&engine, nothing), 1.0);
    assert_eq!(number(&engine, "select cardinality(histogram(days % 2)) from a"), 2.0);
}

#[test]
fn a_histogram_is_of_whole_numbers_and_of_every_row() {
    let (_folder, engine) = engine();
    let refused = message(&engine, "select histogram(counterpart) from a");
    assert!(refused.contains("query `test` failed"), "{refused}");
    message(&engine, "select histogram(distinct days), count(*) from a");
    message(&engine, "select histogram_quantile(histogram(days), 11, 10) from a");
}

#[test]
fn a_definition_that_counts_gives_the_same_rows_once_or_in_every_query() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows());
    let definitions = [
        definition(
            "dated",
            "select counterpart, completed_on - received_on as days from requests",
        ),
        definition(
            "counted",
            "select counterpart, count(*) as n, histogram(days) as days from dated group by counterpart",
        ),
        definition("large", "select * from counted where n > 2"),
    ];
    let questions = [
        "select sum(n) from counted",
        "select histogram_quantile(histogram(days), 1, 2) from counted",
        "select n from large",
        "select count(*) from dated",
    ];
    let answers = |counting: Counting| {
        let engine = open(&folder, &definitions, counting).unwrap();
        questions.map(|question| number(&engine, question))
    };
    assert_eq!(answers(Counting::PerQuery), [5.0, 3.0, 3.0, 5.0]);
    assert_eq!(answers(Counting::Once), [5.0, 3.0, 3.0, 5.0]);
}

#[test]
fn definitions_build_on_one_another() {
    let (_folder, engine) = engine();
    assert_eq!(number(&engine, "select count(*) from b"), 3.0);
    let filter = "select count(*) from requests where completed_on - received_on between 2 and 4";
    assert_eq!(number(&engine, filter), 2.0);
    let compared = "select count(*) from requests where $as_of - received_on > completed_on - received_on";
    assert_eq!(number(&engine, compared), 4.0);
    assert_eq!(
        number(
            &engine,
            "select count(*) from requests where $as_of - received_on > 200"
        ),
        4.0
    );
    assert!(engine.tables().contains(&"b".to_owned()));
}

#[test]
fn parameters_are_typed_values() {
    let (_folder, engine) = engine();
    assert_eq!(number(&engine, "select date_part('year', $as_of)"), 2025.0);
    assert_eq!(number(&engine, "select $as_of - date '2025-12-01'"), 30.0);
    assert_eq!(text(&engine, "select $state || '-' || upper($state)"), "RO-RO");
    let further = BTreeMap::from([
        ("name".to_owned(), ParameterValue::Text("' or 1 = 1 --".to_owned())),
        ("limit".to_owned(), ParameterValue::Integer(2)),
        ("day".to_owned(), ParameterValue::Date("2025-02-01".parse().unwrap())),
    ]);
    let count = |sql: &str| engine.query("test", sql, &further).unwrap().row_count();
    assert_eq!(count("select * from requests where counterpart = $name"), 0);
    assert_eq!(count("select * from requests limit $limit"), 2);
    assert_eq!(count("select * from requests where received_on > $day"), 1);
}

#[test]
fn series_and_the_information_schema_can_be_read() {
    let (_folder, engine) = engine();
    assert_eq!(
        number(
            &engine,
            "select count(*) from generate_series(2021, cast(date_part('year', $as_of) as bigint))"
        ),
        5.0
    );
    assert_eq!(
        number(
            &engine,
            "select count(*) from information_schema.tables where table_name = 'codelist_states'"
        ),
        1.0
    );
    assert_eq!(
        number(&engine, "with requests_2 as (select 1 as x) select x from requests_2"),
        1.0
    );
}

#[test]
fn only_reading_is_allowed() {
    let (_folder, engine) = engine();
    for (sql, kind) in [
        ("create view v as select 1", "CREATE VIEW"),
        ("insert into requests select * from requests", "INSERT"),
        ("copy requests to '/tmp/rogatory-test.csv'", "COPY"),
        ("set datafusion.execution.target_partitions = 1", "SET"),
        ("drop table requests", "DROP TABLE"),
    ] {
        assert!(
            message(&engine, sql).contains(&format!("`test` is a {kind} statement")),
            "{}",
            message(&engine, sql)
        );
    }
    for sql in [
        "show tables",
        "describe requests",
        "explain select 1",
        "show columns from requests",
    ] {
        assert!(ask(&engine, sql).unwrap().row_count() > 0, "{sql}");
    }
    message(&engine, "select 1 into t");
    message(&engine, "select * from '/etc/passwd'");
}

#[test]
fn unknown_names_come_with_the_nearest_known_one() {
    let (_folder, engine) = engine();
    assert!(
        message(&engine, "select * from request")
            .ends_with("`request`, which does not exist; did you mean `requests`?")
    );
    let column = message(&engine, "select counterpat from requests");
    assert!(
        column.contains("query `test` names the column `counterpat`") && column.contains("did you mean `counterpart`?")
    );
    let column = message(&engine, "select r.counterpat from requests r");
    assert!(column.contains("did you mean `counterpart`?"), "{column}");
    assert!(message(&engine, "select $as_off").ends_with("did you mean `$as_of`?"));
    assert!(message(&engine, "selec 1").contains("query `test` is not valid SQL"));
    assert!(message(&engine, "select nosuch(1)").contains("query `test` failed"));
}

#[test]
fn an_error_in_a_definition_names_it() {
    let folder = Folder::new();
    folder.run("ro-mj", &rows());
    let error = open(
        &folder,
        &[definition("registrations", "select refrence from requests")],
        Counting::PerQuery,
    )
    .err()
    .unwrap();
    assert!(
        error
            .to_string()
            .contains("query `registrations` names the column `refrence`"),
        "{error}"
    );
    let error = open(
        &folder,
        &[definition("periods", "create table t as select 1")],
        Counting::PerQuery,
    )
    .err()
    .unwrap();
    assert!(
        error
            .to_string()
            .contains("query `periods` is a CREATE TABLE statement"),
        "{error}"
    );
}

#[test]
fn division_by_zero_is_an_error_in_every_place() {
    let (_folder, engine) = engine();
    for sql in [
        "select 1 / 0",
        "select 1 % 0",
        "select 1.0 / 0.0",
        "select 1 / cast(0 as decimal(10, 2))",
        "select days / (days - 1) from a",
        "select cast(days as double) / (days - 1) from a",
        "select count(*) from a where 100.0 / (days - 1) > 3",
        "select sum(days) / (count(*) - 5.0) from a",
        "select (select 1.0 / (count(*) - 5) from requests)",
        "select counterpart, 1.0 / (count(*) - 2) from requests group by counterpart",
        "select rank() over (order by 1.0 / (days - 1)) from a",
    ] {
        let message = message(&engine, sql).to_lowercase();
        assert!(
            message.contains("divi") && message.contains("by zero") || message.contains("divide by zero"),
            "{sql}: {message}"
        );
    }
    assert_eq!(
        number(&engine, "select count(*) from a where 100.0 / nullif(days - 1, 0) > 3"),
        3.0
    );
    assert_eq!(
        number(
            &engine,
            "select count(case when days = 1 then null else 1.0 / (days - 1) end) from a"
        ),
        3.0
    );
    assert_eq!(number(&engine, "select 7.0 / 2.0"), 3.5);
}

#[test]
fn results_that_are_not_numbers_are_errors() {
    let (_folder, engine) = engine();
    assert!(message(&engine, "select ln(0.0) as x").contains("column `x`"));
    assert!(message(&engine, "select cast('NaN' as double) as x").contains("column `x`"));
}

#[test]
fn whole_numbers_stay_whole() {
    let (_folder, engine) = engine();
    let result = ask(&engine, "select sum(item) as n, count(*) as m from requests").unwrap();
    let value = |column: usize| result.batches[0].column(column).as_primitive::<Int64Type>().value(0);
    assert_eq!((value(0), value(1)), (5, 5));
}
