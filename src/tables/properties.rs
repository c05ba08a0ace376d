//! What always holds: the order of a mart's rows is irrelevant, parts sum to totals, a ranking loses nothing.

use jiff::civil::Date;

use crate::domain::table::{RowKind, Table, Value};

use super::fixture::{batch_of_lines, measure, publish_batch};

const AS_OF: Date = Date::constant(2025, 12, 31);

/// Numbers that look random and are the same on every run (a linear congruential generator of Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            let other = usize::try_from(self.below(index as u64 + 1)).unwrap();
            items.swap(index, other);
        }
    }
}

/// A mart of States and years with some cells absent, its totals right.
fn random_mart(numbers: &mut Numbers) -> Vec<String> {
    let mut lines = Vec::new();
    for year in 2023..=2025 {
        let mut total = 0;
        for state in ["AT", "AX", "DE", "ES", "FR", "IT", "RS", "not_stated"] {
            let count = numbers.below(12);
            if numbers.below(4) > 0 {
                total += count;
                lines.push(format!("{state} {year} entered {count} {count} A"));
            }
        }
        lines.push(format!("_T {year} entered {total} {total} A"));
    }
    lines
}

fn table(definition: &str, lines: &[String]) -> Table {
    let measure = measure("counterpart");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    publish_batch(definition, &measure, &batch_of_lines(&measure, &lines), AS_OF).unwrap()
}

fn sum(table: &Table, column: usize, wanted: impl Fn(RowKind) -> bool) -> f64 {
    let numbers = table
        .rows
        .iter()
        .filter(|row| wanted(row.kind))
        .map(|row| match row.cells[column].value {
            Value::Number(number) => number,
            Value::Missing(reason) => panic!("{reason:?}"),
        });
    numbers.sum()
}

const RANKED: &str = "rows = [\"counterpart\"]\nwhere = { period = \"latest\" }\ncolumns = [\"entered\"]\nchange = \"entered\"\nshare = \"entered\"\ntotal = \"sum\"\nrank = { by = \"entered\", top = TOP }";
const PIVOTED: &str =
    "rows = [\"counterpart\"]\npivot = { dimension = \"period\", indicator = \"entered\" }\ntotal = \"sum\"";

#[test]
fn the_order_of_the_rows_of_a_mart_is_irrelevant() {
    let mut numbers = Numbers(7);
    for _ in 0..40 {
        let mut lines = random_mart(&mut numbers);
        let before = [table(&RANKED.replace("TOP", "3"), &lines), table(PIVOTED, &lines)];
        numbers.shuffle(&mut lines);
        let after = [table(&RANKED.replace("TOP", "3"), &lines), table(PIVOTED, &lines)];
        assert_eq!(before, after);
    }
}

#[test]
fn a_ranking_with_others_conserves_the_sum_and_the_shares() {
    let mut numbers = Numbers(11);
    for round in 0..40 {
        let lines = random_mart(&mut numbers);
        let table = table(&RANKED.replace("TOP", &(round % 9).to_string()), &lines);
        let parts = sum(&table, 0, |kind| kind != RowKind::Total);
        assert_eq!(parts, sum(&table, 0, |kind| kind == RowKind::Total));
        if parts > 0.0 {
            let shares = sum(&table, 1, |kind| kind != RowKind::Total);
            assert!((shares - 100.0).abs() < 1e-9, "{shares}");
        }
    }
}

#[test]
fn parts_sum_to_totals_in_every_column() {
    let mut numbers = Numbers(13);
    for _ in 0..40 {
        let table = table(PIVOTED, &random_mart(&mut numbers));
        for column in 0..table.columns.len() {
            let parts = sum(&table, column, |kind| kind == RowKind::Body);
            assert_eq!(parts, sum(&table, column, |kind| kind == RowKind::Total));
        }
    }
}
