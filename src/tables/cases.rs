//! Tables from small marts, held against figures computed by hand.

use std::fs;
use std::path::Path;

use jiff::civil::Date;

use crate::domain::measure::MeasureDefinition;
use crate::domain::report::ReportDefinition;
use crate::domain::table::{RowKind, Unit};

use super::fixture::{batch, column_names, lines, publish_definition, published, published_as_of};

const FLOWS: &str = "
    incoming 2024 entered 10 10 A
    incoming 2024 resolved 8 8 A
    incoming 2024 pending_end 7 7 A
    incoming 2024 clearance_rate 80 10 A
    outgoing 2024 entered 4 4 A
    outgoing 2024 resolved 0 0 A
    outgoing 2024 pending_end 4 4 A
    outgoing 2024 clearance_rate 0 4 A
    _T 2024 entered 14 14 A
    _T 2024 resolved 8 8 A
    _T 2024 pending_end 11 11 A
    _T 2024 clearance_rate 57.142857142857146 14 A
    incoming 2025 entered 15 15 A
    incoming 2025 resolved 12 12 A
    incoming 2025 pending_end 10 10 A
    incoming 2025 clearance_rate 80 15 A
    outgoing 2025 entered 0 0 A
    outgoing 2025 resolved 1 1 A
    outgoing 2025 pending_end 3 3 A
    outgoing 2025 clearance_rate - 0 M
    _T 2025 entered 15 15 A
    _T 2025 resolved 13 13 A
    _T 2025 pending_end 13 13 A
    _T 2025 clearance_rate 86.66666666666667 15 A
";

const STATES: &str = "
    DE 2025 entered 5 5 A
    ES 2025 entered 3 3 A
    IT 2025 entered 5 5 A
    AX 2025 entered 2 2 A
    not_stated 2025 entered 9 9 A
    _T 2025 entered 24 24 A
    DE 2025 median_days 20 5 A
    ES 2025 median_days 31.5 2 A
    AX 2025 median_days - 0 M
    _T 2025 median_days 25 7 A
    DE 2024 entered 4 4 A
    IT 2024 entered 0 0 A
    AX 2024 entered 1 1 A
    _T 2024 entered 5 5 A
";

fn check(definition: &str, dimensions: &str, mart: &str, expected: &[&str]) {
    let table = published(definition, dimensions, mart).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lines(&table), expected, "{definition}");
}

fn check_error(definition: &str, dimensions: &str, mart: &str, expected: &[&str]) {
    let error = published(definition, dimensions, mart)
        .map(|table| lines(&table))
        .unwrap_err()
        .to_string();
    for part in expected {
        assert!(error.contains(part), "{error}\nlacks: {part}");
    }
}

#[test]
fn indicators_become_columns_and_a_sum_keeps_the_period() {
    let definition = "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\", \"clearance_rate\"]\ntotal = \"sum\"";
    let expected = [
        "incoming 2024: 10 80",
        "incoming 2025: 15 80",
        "outgoing 2024: 4 0",
        "outgoing 2025: 0 n/a",
        "_T 2024: 14 n/a",
        "_T 2025: 15 n/a",
    ];
    check(definition, "direction", FLOWS, &expected);
}

#[test]
fn the_totals_of_the_mart_have_rates() {
    let definition = "where = { period = \"latest\" }\nrows = [\"direction\"]\ncolumns = [\"entered\", \"clearance_rate\"]\ntotal = \"mart\"";
    check(
        definition,
        "direction",
        FLOWS,
        &["incoming: 15 80", "outgoing: 0 n/a", "_T: 15 86.66666666666667"],
    );
}

#[test]
fn a_stock_is_not_summed_over_years() {
    let definition = "where = { direction = \"_T\" }\nrows = [\"period\"]\ncolumns = [\"entered\", \"pending_end\"]\ntotal = \"sum\"";
    check(
        definition,
        "direction",
        FLOWS,
        &["2024: 14 11", "2025: 15 13", "_T: 29 n/a"],
    );
}

#[test]
fn shares_and_changes_are_computed_per_year() {
    let definition = "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]\nshare = \"entered\"\nchange = \"entered\"\ntotal = \"sum\"";
    let mart = FLOWS
        .replace("outgoing 2024 entered 4", "outgoing 2024 entered 6")
        .replace("_T 2024 entered 14", "_T 2024 entered 16");
    let expected = [
        "incoming 2024: 10 62.5 n/a",
        "incoming 2025: 15 100 50",
        "outgoing 2024: 6 37.5 n/a",
        "outgoing 2025: 0 0 -100",
        "_T 2024: 16 100 n/a",
        "_T 2025: 15 100 -6.25",
    ];
    check(definition, "direction", &mart, &expected);
}

#[test]
fn the_change_of_the_latest_year_looks_at_the_year_before() {
    let definition = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]\nchange = \"entered\"\nrank = { by = \"entered\", top = 1 }\ntotal = \"sum\"";
    let expected = ["DE: 5 25", "_O: 10 900", "not_stated: 9 n/a", "_T: 24 380"];
    check(definition, "counterpart", STATES, &expected);
}

#[test]
fn a_part_that_came_to_nothing_counts_in_the_year_before() {
    let mart = "
        DE 2024 entered 4 4 A
        IT 2024 entered 6 6 A
        DE 2025 entered 5 5 A
    ";
    let fixed = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]\nchange = \"entered\"\ntotal = \"sum\"";
    check(fixed, "counterpart", mart, &["DE: 5 25", "IT: 0 -100", "_T: 5 -50"]);
    let on_rows = fixed.replace("where = { period = \"latest\" }\nrows = [", "rows = [\"period\", ");
    let expected = [
        "2024 DE: 4 n/a",
        "2024 IT: 6 n/a",
        "2025 DE: 5 25",
        "2025 IT: 0 -100",
        "2024 _T: 10 n/a",
        "2025 _T: 5 -50",
    ];
    check(&on_rows, "counterpart", mart, &expected);
}

#[test]
fn a_year_that_the_observation_cuts_has_no_change_and_says_so() {
    let definition =
        "rows = [\"period\"]\nwhere = { direction = \"_T\" }\ncolumns = [\"entered\"]\nchange = \"entered\"";
    let table = published_as_of(definition, "direction", FLOWS, Date::constant(2025, 6, 30)).unwrap();
    assert_eq!(lines(&table), ["2024: 14 n/a", "2025: 15 n/a"]);
    assert_eq!(
        table.notes,
        [
            "2025 covers the time from 1 January to 30 June 2025.",
            "The change on the previous year is given for complete years only."
        ]
    );
}

#[test]
fn a_ranking_breaks_ties_by_label_and_keeps_what_is_not_stated_apart() {
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\", \"median_days\"]\nrank = { by = \"entered\", top = 2 }\ntotal = \"mart\"";
    let expected = ["DE: 5 20", "IT: 5 n/a", "_O: 5 n/a", "not_stated: 9 n/a", "_T: 24 25"];
    check(definition, "counterpart", STATES, &expected);
}

#[test]
fn a_ranking_by_a_figure_that_is_not_shown_may_leave_the_others_out() {
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"median_days\"]\nrank = { by = \"entered\", top = 2, others = \"omitted\" }";
    let table = published(definition, "counterpart", STATES).unwrap();
    assert_eq!(lines(&table), ["DE: 20", "ES: 31.5"]);
    assert_eq!(
        table.notes,
        ["Not shown: 1 more (State) with fewer observations or a lower rank."]
    );
}

#[test]
fn rows_are_ordered_by_label_without_diacritics() {
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]";
    let table = published(definition, "counterpart", STATES).unwrap();
    let labels: Vec<&str> = table.rows.iter().map(|row| row.labels[0].as_str()).collect();
    assert_eq!(labels, ["Åland Islands", "Germany", "Italy", "Spain", "not stated"]);
}

#[test]
fn a_definition_may_order_codes_itself() {
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]\norder = { counterpart = [\"IT\", \"ES\"] }";
    check(
        definition,
        "counterpart",
        STATES,
        &["IT: 5", "ES: 3", "AX: 2", "DE: 5", "not_stated: 9"],
    );
}

#[test]
fn years_become_columns_and_absent_counts_are_zero() {
    let definition = "rows = [\"counterpart\"]\npivot = { dimension = \"period\", indicator = \"entered\" }\ntotal = \"sum\"\nchange = \"2025\"";
    check_error(definition, "counterpart", STATES, &["`change` is asked for"]);
    let definition = definition.replace("change", "share");
    let table = published(&definition, "counterpart", STATES).unwrap();
    assert_eq!(column_names(&table), ["2024", "2025", "2025_share"]);
    assert_eq!(table.title, "Title, 2024\u{2013}2025");
    let expected = [
        "AX: 1 2 8.333333333333334",
        "DE: 4 5 20.833333333333332",
        "IT: 0 5 20.833333333333332",
        "ES: 0 3 12.5",
        "not_stated: 0 9 37.5",
        "_T: 5 24 100",
    ];
    assert_eq!(lines(&table), expected);
}

#[test]
fn a_pivot_of_medians_ranks_by_the_total_and_keeps_the_columns_with_most_observations() {
    let mart = "
        DE service 2025 median_days 10 3 A
        DE rogatory 2025 median_days 40 9 A
        DE other 2025 median_days 7 1 A
        DE _T 2025 median_days 30 13 A
        DE _T 2025 resolved 13 13 A
        ES service 2025 median_days 12 20 A
        ES _T 2025 median_days 12 20 A
        ES _T 2025 resolved 20 20 A
        IT rogatory 2025 median_days 50 1 A
        IT _T 2025 resolved 1 1 A
        _T service 2025 median_days 11 23 A
        _T rogatory 2025 median_days 41 10 A
        _T _T 2025 median_days 29 34 A
    ";
    let definition = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\npivot = { dimension = \"form\", indicator = \"median_days\", top = 2 }\nrank = { by = \"resolved\", top = 2, others = \"omitted\" }\ntotal = \"mart\"";
    let table = published(definition, "counterpart form", mart).unwrap();
    assert_eq!(column_names(&table), ["rogatory", "service"]);
    assert_eq!(table.columns[0].label, "Letters rogatory");
    assert_eq!((table.columns[0].unit, table.columns[0].decimals), (Unit::Days, 1));
    assert_eq!(lines(&table), ["ES: n/a 12", "DE: 40 10", "_T: 41 11"]);
    assert_eq!(table.cell(&["DE"], "rogatory").and_then(|cell| cell.n), Some(9));
    assert_eq!(table.cell(&["ES"], "rogatory").and_then(|cell| cell.n), Some(0));
    assert_eq!(table.notes.len(), 2);
}

#[test]
fn a_pivot_of_years_ranks_by_the_sum_of_the_years() {
    let definition = "rows = [\"counterpart\"]\npivot = { dimension = \"period\", indicator = \"entered\" }\nrank = { by = \"entered\", top = 2 }";
    check(
        definition,
        "counterpart",
        STATES,
        &["DE: 4 5", "IT: 0 5", "_O: 1 5", "not_stated: 0 9"],
    );
    let medians = definition.replace("\"entered\" }", "\"median_days\" }");
    check_error(
        &medians,
        "counterpart",
        STATES,
        &["`entered`, which has no total over `period`"],
    );
}

#[test]
fn what_counts_in_several_parts_is_neither_summed_nor_checked() {
    let mart = "
        DE 2025 cases 3 3 A
        ES 2025 cases 2 2 A
        _T 2025 cases 4 4 A
    ";
    let shared = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\ncolumns = [\"cases\"]\n";
    check(
        &format!("{shared}total = \"sum\""),
        "counterpart",
        mart,
        &["DE: 3", "ES: 2", "_T: n/a"],
    );
    let expected = ["DE: 3 75", "ES: 2 50", "_T: 4 100"];
    check(
        &format!("{shared}total = \"mart\"\nshare = \"cases\""),
        "counterpart",
        mart,
        &expected,
    );
    check_error(
        &format!("{shared}share = \"cases\""),
        "counterpart",
        mart,
        &["`cases`", "can't be summed"],
    );
}

#[test]
fn parts_that_do_not_sum_to_the_total_of_the_mart_are_refused() {
    let broken = STATES.replace("_T 2025 entered 24", "_T 2025 entered 25");
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]";
    let expected = ["table `table`", "`entered` of counterpart `_T`", "sum to 24", "says 25"];
    check_error(definition, "counterpart", &broken, &expected);
    let pivoted = "
        DE service 2025 entered 1 1 A
        DE rogatory 2025 entered 1 1 A
        DE _T 2025 entered 3 3 A
    ";
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\npivot = { dimension = \"form\", indicator = \"entered\" }";
    check_error(
        definition,
        "counterpart form",
        pivoted,
        &["counterpart `DE`, form `_T`", "sum to 2", "says 3"],
    );
}

#[test]
fn missing_figures_keep_their_reason_in_sums() {
    let mart = "
        DE 2025 entered 3 3 A
        ES 2025 entered - - O
    ";
    let definition =
        "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]\ntotal = \"sum\"";
    check(definition, "counterpart", mart, &["DE: 3", "ES: :", "_T: :"]);
}

#[test]
fn the_table_says_what_it_is() {
    let definition = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\", \"median_days\"]\nshare = \"entered\"\ndecimals = { median_days = 0 }\nrank = { by = \"entered\", top = 1 }\ntotal = \"mart\"\nnotes.en = [\"As of {as_of}.\"]";
    let table = published(definition, "counterpart", STATES).unwrap();
    assert_eq!(table.title, "Title, 2025");
    assert_eq!(table.unit_note, "Unit: registrations of requests");
    assert_eq!(
        (table.row_dimensions, table.row_headings),
        (vec!["counterpart".to_owned()], vec!["State".to_owned()])
    );
    assert_eq!(table.notes, ["As of 31 December 2025."]);
    let columns: Vec<(&str, u8)> = table
        .columns
        .iter()
        .map(|column| (column.label.as_str(), column.decimals))
        .collect();
    assert_eq!(columns, [("Entered", 0), ("Median", 0), ("Entered, share", 1)]);
    let kinds: Vec<RowKind> = table.rows.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::Body, RowKind::Other, RowKind::Body, RowKind::Total]);
    assert_eq!(table.rows[1].labels, ["Other"]);
}

#[test]
fn a_mart_without_rows_makes_a_table_without_rows() {
    for total in ["none", "sum", "mart"] {
        let definition = format!(
            "rows = [\"counterpart\", \"period\"]\ncolumns = [\"entered\"]\ntotal = \"{total}\"\nshare = \"entered\""
        );
        check(&definition, "counterpart", "", &[]);
    }
}

#[test]
fn unknown_names_are_refused_with_the_nearest_valid_ones() {
    let cases = [
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"enterd\"]",
            "`columns` names `enterd`",
            "nearest: entered",
        ),
        (
            "rows = [\"directoin\", \"period\"]\ncolumns = [\"entered\"]",
            "`rows` names `directoin`",
            "nearest: direction",
        ),
        (
            "where = { perod = \"2025\" }\nrows = [\"direction\"]\ncolumns = [\"entered\"]",
            "`where` names `perod`",
            "nearest: period",
        ),
        (
            "where = { direction = \"incomming\" }\nrows = [\"period\"]\ncolumns = [\"entered\"]",
            "`where` names `incomming`",
            "nearest: incoming",
        ),
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]\nshare = \"resolved\"",
            "`share` names `resolved`",
            "expected one of: entered",
        ),
        (
            "where = { period = \"2025\" }\nrows = [\"direction\"]\ncolumns = [\"entered\"]\nrank = { by = \"entred\", top = 3 }",
            "`rank.by` names `entred`",
            "nearest: entered",
        ),
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]\ndecimals = { entred = 1 }",
            "`decimals` names `entred`",
            "nearest: entered",
        ),
    ];
    for (definition, found, nearest) in cases {
        check_error(definition, "direction", FLOWS, &["table `table`", found, nearest]);
    }
}

#[test]
fn definitions_that_contradict_themselves_are_refused() {
    let cases = [
        (
            "rows = [\"period\"]\ncolumns = [\"entered\"]",
            "`direction` is neither fixed, on the rows nor pivoted",
        ),
        (
            "rows = [\"direction\"]\ncolumns = [\"entered\"]",
            "`period` is neither fixed, on the rows nor pivoted",
        ),
        (
            "where = { period = \"2025\" }\nrows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]",
            "`period` has two places",
        ),
        ("rows = [\"direction\", \"period\"]", "0 columns and 0 pivots"),
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\", \"entered\"]",
            "`entered` stands there twice",
        ),
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]\nrank = { by = \"entered\", top = 1 }",
            "a ranking has 2 row dimensions",
        ),
        (
            "where = { direction = \"_T\" }\nrows = [\"period\"]\ncolumns = [\"entered\"]\ntotal = \"mart\"",
            "no total (`_T`) of period",
        ),
        (
            "where = { period = \"2025\", direction = \"_T\" }\nrows = []\ncolumns = [\"entered\"]",
            "there is no dimension on the rows",
        ),
        (
            "rows = [\"direction\", \"period\"]\ncolumns = [\"entered\"]\nnotes.en = [\"in {year}\"]",
            "\"in {year}\" has an unknown placeholder",
        ),
    ];
    for (definition, expected) in cases {
        check_error(definition, "direction", FLOWS, &[expected]);
    }
}

#[test]
fn marts_that_break_their_promise_are_refused() {
    let definition = "where = { period = \"2025\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]";
    let twice = "
        DE 2025 entered 3 3 A
        DE 2025 entered 3 3 A
    ";
    check_error(
        definition,
        "counterpart",
        twice,
        &["has 2 rows for `entered` of counterpart `DE`"],
    );
    check_error(
        definition,
        "counterpart",
        "DE 2025 entered - 3 A",
        &["no number for `entered` of counterpart `DE`"],
    );
}

#[test]
fn a_number_that_is_not_validated_is_shown_and_named_in_a_note() {
    let mart = "
        DE 2025 entered 5 5 A
        IT 2025 entered 2 2 V
        ES 2025 entered - 0 M
    ";
    let definition = "where = { period = \"latest\" }\nrows = [\"counterpart\"]\ncolumns = [\"entered\"]";
    let table = published(definition, "counterpart", mart).unwrap();
    assert_eq!(lines(&table), ["DE: 5", "IT: 2", "ES: n/a"]);
    assert_eq!(
        table.notes,
        ["Not validated (status V), to be checked: Italy, Entered."]
    );
    let table = published(definition, "counterpart", &mart.replace('V', "A")).unwrap();
    assert!(table.notes.is_empty());
}

#[test]
fn the_tables_of_the_shipped_reports_agree_with_the_measures_and_stand_empty_marts() {
    for report in ["annual", "chapter-23-24"] {
        check_shipped_tables(report);
    }
}

fn check_shipped_tables(report: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let report = fs::read_to_string(folder.join("reports").join(report).with_extension("toml")).unwrap();
    let report: ReportDefinition = toml::from_str(&report).unwrap();
    assert!(!report.tables.is_empty());
    for table in &report.tables {
        let path = folder
            .join("queries/measures")
            .join(&table.measure)
            .with_extension("toml");
        let measure = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let measure = MeasureDefinition::parse(&table.measure, &measure).unwrap();
        let table = publish_definition(table, &measure, &batch(&measure, ""), Date::constant(2025, 6, 30));
        let table = table.unwrap_or_else(|error| panic!("{error}"));
        assert!(table.rows.is_empty(), "{}", table.name);
    }
}
