//! The measures of `queries/` over a small lake. Expected figures are worked out by hand, as in `docs/methodology.md`.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use jiff::civil::Date;
use rogatory::measures::{read_current, read_mart};
use serde_json::{Value, json};

use crate::marts::{Marts, measures, sql_files};

fn incoming(reference: &str, counterpart: &str, form: &str, received_on: &str, end: Value) -> Value {
    let mut row = json!({
        "reference": reference, "item": 1, "family": "mla", "direction": "incoming",
        "counterpart": counterpart, "form": form, "received_on": received_on,
    });
    row.as_object_mut().unwrap().extend(end.as_object().unwrap().clone());
    row
}

/// The worked example of `docs/methodology.md`.
fn requests() -> Vec<Value> {
    let executed = |on: &str| json!({"outcome": "executed", "completed_on": on});
    vec![
        incoming(
            "1",
            "FR",
            "rogatory",
            "2022-12-30",
            json!({"outcome": "executed", "completed_on": "2023-01-09", "instrument": "ECMA-30"}),
        ),
        incoming(
            "2",
            "FR",
            "rogatory",
            "2023-03-01",
            json!({"outcome": "executed", "completed_on": "2023-03-01", "instrument": "EIO"}),
        ),
        incoming(
            "3",
            "FR",
            "service",
            "2023-05-01",
            json!({"outcome": "refused", "completed_on": "2024-02-29", "refusal_ground": "ne_bis_in_idem"}),
        ),
        incoming("4", "DE", "rogatory", "2023-06-30", json!({"outcome": "pending"})),
        incoming("5", "DE", "rogatory", "2024-01-15", executed("2024-07-01")),
        incoming("6", "DE", "rogatory", "2024-07-01", json!({})),
        json!({
            "reference": "7", "item": 1, "family": "mla", "direction": "outgoing", "counterpart": "MD", "form": "service",
            "instrument": "ECMA-30", "received_on": "2022-11-01", "transmitted_on": "2023-01-02",
            "completed_on": "2023-01-12", "outcome": "partly_executed",
        }),
        json!({
            "reference": "8", "item": 1, "family": "mla", "direction": "outgoing", "counterpart": "MD", "form": "service",
            "received_on": "2023-04-01",
        }),
        json!({
            "reference": "9", "item": 1, "family": "police", "direction": "incoming", "counterpart": "DE",
            "form": "police_information", "channel": "interpol", "received_on": "2023-02-01",
            "completed_on": "2023-02-02", "outcome": "executed",
        }),
        incoming(
            "10",
            "FR",
            "service",
            "2023-01-01",
            json!({"outcome": "withdrawn", "completed_on": "2023-12-31"}),
        ),
    ]
}

fn worked_example() -> Marts {
    Marts::of(&[("requests", requests())], "2024-06-30")
}

const FLOWS: [&str; 6] = [
    "pending_start",
    "entered",
    "resolved",
    "pending_end",
    "clearance_rate",
    "disposition_time",
];

#[test]
fn flows_count_what_entered_ended_and_stayed() {
    let marts = worked_example();
    let check = |dimensions: &[&str], period: &str, figures: [Option<f64>; 6]| {
        let expected: Vec<(&str, Option<f64>)> = FLOWS.into_iter().zip(figures).collect();
        marts.check("flows", dimensions, period, &expected);
    };
    check(
        &["judicial", "incoming"],
        "2022",
        [Some(0.0), Some(1.0), Some(0.0), Some(1.0), Some(0.0), None],
    );
    check(
        &["judicial", "incoming"],
        "2023",
        [
            Some(1.0),
            Some(4.0),
            Some(3.0),
            Some(2.0),
            Some(75.0),
            Some(2.0 / 3.0 * 365.0),
        ],
    );
    // 182 days of 2024 had passed by 30 June.
    check(
        &["judicial", "incoming"],
        "2024",
        [
            Some(2.0),
            Some(1.0),
            Some(1.0),
            Some(2.0),
            Some(100.0),
            Some(2.0 * 182.0),
        ],
    );
    check(
        &["judicial", "outgoing"],
        "2022",
        [Some(0.0), Some(0.0), Some(0.0), Some(0.0), None, None],
    );
    check(
        &["judicial", "_T"],
        "2023",
        [
            Some(1.0),
            Some(5.0),
            Some(4.0),
            Some(2.0),
            Some(80.0),
            Some(2.0 / 4.0 * 365.0),
        ],
    );
    check(
        &["police", "_T"],
        "2023",
        [Some(0.0), Some(1.0), Some(1.0), Some(0.0), Some(100.0), Some(0.0)],
    );
}

#[test]
fn flows_of_parts_are_flows_of_their_requests() {
    let marts = worked_example();
    marts.check(
        "flows_by_state",
        &["judicial", "incoming", "DE"],
        "2024",
        &[("pending_end", Some(2.0))],
    );
    marts.check(
        "flows_by_state",
        &["judicial", "_T", "MD"],
        "2023",
        &[("resolved", Some(1.0))],
    );
    marts.check(
        "flows_by_form",
        &["judicial", "incoming", "mla", "service"],
        "2023",
        &[("entered", Some(2.0))],
    );
    marts.check(
        "flows_by_form",
        &["judicial", "incoming", "_T", "_T"],
        "2023",
        &[("entered", Some(4.0))],
    );
}

#[test]
fn turnaround_interpolates_between_days() {
    let marts = worked_example();
    // 2023: 0, 10, 364 days. p10 is at position 0.1 x 2 = 0.2: 0.2 x 10.
    // p90 is at position 0.9 x 2 = 1.8: 10 + 0.8 x 354.
    let year = [
        ("resolved", Some(3.0)),
        ("mean_days", Some(374.0 / 3.0)),
        ("p10_days", Some(2.0)),
        ("median_days", Some(10.0)),
        ("p90_days", Some(293.2)),
    ];
    marts.check("turnaround", &["judicial", "incoming", "_T", "_T"], "2023", &year);
    // All years: 0, 10, 304, 364 days. p10 is at position 0.1 x 3 = 0.3: 0.3 x 10.
    // p90 is at position 0.9 x 3 = 2.7: 304 + 0.7 x 60.
    let all = [
        ("resolved", Some(4.0)),
        ("mean_days", Some(169.5)),
        ("p10_days", Some(3.0)),
        ("median_days", Some(157.0)),
        ("p90_days", Some(346.0)),
    ];
    marts.check("turnaround", &["judicial", "incoming", "_T", "_T"], "_T", &all);
    marts.check(
        "turnaround",
        &["judicial", "incoming", "FR", "service"],
        "2024",
        &[("p10_days", Some(304.0)), ("p90_days", Some(304.0))],
    );
    assert!(
        marts
            .cell("turnaround", &["judicial", "incoming", "DE", "_T"], "_T")
            .is_empty()
    );
}

#[test]
fn pending_requests_age_on_the_anniversary_of_their_entry() {
    let marts = worked_example();
    let check = |band: &str, period: &str, expected: f64| {
        marts.check(
            "pending_age",
            &["judicial", "incoming", band],
            period,
            &[("pending_end", Some(expected))],
        );
    };
    check("under_1_year", "2024", 1.0);
    check("1_to_2_years", "2024", 1.0);
    check("3_years_or_more", "2024", 0.0);
    check("under_1_year", "2023", 2.0);
    check("_T", "2022", 1.0);
}

#[test]
fn treaty_usage_counts_the_primary_instrument() {
    let marts = worked_example();
    let check = |dimensions: &[&str], expected: f64| {
        marts.check("treaty_usage", dimensions, "2023", &[("entered", Some(expected))]);
    };
    check(&["incoming", "eu", "EIO"], 1.0);
    check(&["incoming", "not_stated", "not_stated"], 3.0);
    check(&["incoming", "_T", "ECMA-30"], 0.0);
    check(&["_T", "multilateral", "_T"], 1.0);
    check(&["_T", "_T", "_T"], 5.0);
}

#[test]
fn outcomes_refusals_channels_and_execution() {
    let marts = worked_example();
    marts.check(
        "outcomes",
        &["judicial", "incoming", "refused"],
        "2024",
        &[("resolved", Some(1.0))],
    );
    marts.check(
        "outcomes",
        &["judicial", "incoming", "executed"],
        "2023",
        &[("resolved", Some(2.0))],
    );
    marts.check(
        "refusals",
        &["judicial", "incoming", "ne_bis_in_idem"],
        "2024",
        &[("refused", Some(1.0))],
    );
    marts.check(
        "channels",
        &["police", "incoming", "interpol"],
        "2023",
        &[("entered", Some(1.0))],
    );
    marts.check(
        "channels",
        &["judicial", "incoming", "not_stated"],
        "2023",
        &[("entered", Some(4.0))],
    );
    marts.check(
        "police_channels",
        &["_T", "RO-MJ", "interpol", "police_information"],
        "2023",
        &[("entered", Some(1.0)), ("resolved", Some(1.0))],
    );
    let cohort = [
        ("entered", Some(4.0)),
        ("executed", Some(1.0)),
        ("not_executed", Some(2.0)),
        ("still_pending", Some(1.0)),
        ("execution_rate", Some(25.0)),
    ];
    marts.check("executions", &["judicial", "incoming"], "2023", &cohort);
}

#[test]
fn execution_by_state_and_by_form_follows_the_requests_of_the_part() {
    let marts = worked_example();
    // France in 2023: no. 2 executed; nos. 3 and 10 resolved otherwise.
    let france = [
        ("entered", Some(3.0)),
        ("executed", Some(1.0)),
        ("not_executed", Some(2.0)),
        ("still_pending", Some(0.0)),
        ("execution_rate", Some(100.0 / 3.0)),
    ];
    marts.check("executions_by_state", &["judicial", "incoming", "FR"], "2023", &france);
    // Letters rogatory in 2023: no. 2 executed, no. 4 pending.
    let rogatory = [
        ("entered", Some(2.0)),
        ("executed", Some(1.0)),
        ("not_executed", Some(0.0)),
        ("still_pending", Some(1.0)),
        ("execution_rate", Some(50.0)),
    ];
    marts.check(
        "executions_by_form",
        &["judicial", "incoming", "rogatory"],
        "2023",
        &rogatory,
    );
    for measure in ["executions_by_state", "executions_by_form"] {
        let total = [("entered", Some(5.0)), ("execution_rate", Some(40.0))];
        marts.check(measure, &["judicial", "_T", "_T"], "2023", &total);
    }
    let nothing = [("entered", Some(0.0)), ("execution_rate", None)];
    marts.check("executions_by_state", &["judicial", "outgoing", "MD"], "2024", &nothing);
}

#[test]
fn the_track_record_counts_a_request_in_each_of_its_offence_groups() {
    let with_offences = |mut row: Value, offences: Value| {
        row["offences"] = offences;
        row
    };
    let executed = json!({"outcome": "executed", "completed_on": "2023-05-01"});
    let outgoing = json!({
        "reference": "3", "item": 1, "family": "mla", "direction": "outgoing", "counterpart": "FR", "form": "service",
        "transmitted_on": "2023-02-01",
    });
    let requests = vec![
        with_offences(
            incoming("1", "FR", "service", "2023-01-01", executed),
            json!(["drugs", "fraud", "drugs"]),
        ),
        incoming("2", "FR", "service", "2023-01-01", json!({})),
        with_offences(outgoing, json!(["fraud"])),
    ];
    let marts = Marts::of(&[("requests", requests)], "2023-12-31");
    let check = |offence: &str, [received, executed, sent, sent_pending]: [f64; 4]| {
        let expected = [
            ("received", Some(received)),
            ("received_executed", Some(executed)),
            ("received_pending", Some(received - executed)),
            ("sent", Some(sent)),
            ("sent_executed", Some(sent - sent_pending)),
            ("sent_pending", Some(sent_pending)),
            ("investigations", None),
            ("final_convictions", None),
        ];
        marts.check("track_record", &[offence], "2023", &expected);
    };
    check("drugs", [1.0, 1.0, 0.0, 0.0]);
    check("fraud", [1.0, 1.0, 1.0, 1.0]);
    check("not_stated", [1.0, 0.0, 0.0, 0.0]);
    check("_T", [2.0, 1.0, 1.0, 1.0]);
}

#[test]
fn an_instrument_of_the_union_has_figures_from_its_first_day_of_application() {
    let marts = worked_example();
    let order = [
        ("registered", Some(1.0)),
        ("received", Some(1.0)),
        ("sent", Some(0.0)),
        ("outside", Some(0.0)),
    ];
    marts.check("mutual_recognition", &["EIO"], "2023", &order);
    let not_yet = [
        ("registered", None),
        ("received", None),
        ("sent", None),
        ("outside", Some(0.0)),
    ];
    marts.check("mutual_recognition", &["EEVID"], "2023", &not_yet);
}

/// Days of turnaround from a fixed sequence, with many ties.
fn sequence(length: usize) -> impl Iterator<Item = i64> {
    let mut state: u64 = 7;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % 90).unwrap()
    })
    .take(length)
}

/// Quantile of type 7 of sorted values, straight from its definition.
fn quantile(sorted: &[i64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    low as f64 + (position - position.floor()) * (high - low) as f64
}

#[test]
fn quantiles_of_the_histogram_are_quantiles_of_the_requests() {
    let received: Date = "2023-01-01".parse().unwrap();
    let states = ["FR", "DE", "IT"];
    let mut days: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut rows = Vec::new();
    for (index, taken) in sequence(500).enumerate() {
        let state = states[index % states.len()];
        let completed = received.checked_add(jiff::Span::new().days(taken)).unwrap();
        let end = json!({"outcome": "executed", "completed_on": completed.to_string()});
        rows.push(incoming(&index.to_string(), state, "service", "2023-01-01", end));
        days.entry(state).or_default().push(taken);
        days.entry("_T").or_default().push(taken);
    }
    let marts = Marts::of(&[("requests", rows)], "2023-12-31");
    for (state, mut taken) in days {
        taken.sort_unstable();
        let expected = [
            ("resolved", Some(taken.len() as f64)),
            ("mean_days", Some(taken.iter().sum::<i64>() as f64 / taken.len() as f64)),
            ("p10_days", Some(quantile(&taken, 0.1))),
            ("median_days", Some(quantile(&taken, 0.5))),
            ("p90_days", Some(quantile(&taken, 0.9))),
        ];
        marts.check("turnaround", &["judicial", "incoming", state, "_T"], "2023", &expected);
    }
}

#[test]
fn an_empty_lake_gives_empty_marts() {
    let marts = Marts::of(&[], "2024-06-30");
    let current = read_current(&marts.dir()).unwrap();
    assert_eq!(current.marts.len(), measures().len());
    for name in current.marts.keys() {
        assert_eq!(read_mart(&marts.dir(), name).unwrap().num_rows(), 0, "{name}");
    }
}

#[test]
fn every_documented_indicator_has_figures() {
    let marts = worked_example();
    for measure in measures() {
        let mart = read_mart(&marts.dir(), &measure.name).unwrap();
        if mart.num_rows() == 0 {
            continue;
        }
        let indicators = mart.column_by_name("indicator").unwrap().as_string::<i32>();
        let found: std::collections::BTreeSet<&str> = indicators.iter().flatten().collect();
        let documented = measure.definition.indicators.keys().map(String::as_str).collect();
        assert_eq!(found, documented, "{}", measure.name);
    }
}

#[test]
fn running_again_and_reordering_rows_change_no_byte() {
    let marts = worked_example();
    let first = read_current(&marts.dir()).unwrap();
    marts.run("2024-06-30");
    assert_eq!(read_current(&marts.dir()).unwrap(), first);
    let mut reordered = requests();
    reordered.reverse();
    let reordered = Marts::of(&[("requests", reordered)], "2024-06-30");
    assert_eq!(read_current(&reordered.dir()).unwrap().marts, first.marts);
}

#[test]
fn analyst_queries_answer() {
    let marts = worked_example();
    let engine = marts.engine("2024-06-30");
    for (name, sql) in sql_files("analyst") {
        engine
            .query(&name, &sql, &BTreeMap::new())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let sql = &sql_files("analyst")["pending_oldest"];
    let oldest = engine.query("pending_oldest", sql, &BTreeMap::new()).unwrap();
    assert_eq!(oldest.row_count(), 2);
    let days = oldest.batches[0]
        .column_by_name("days_pending")
        .unwrap()
        .as_primitive::<Int64Type>()
        .value(0);
    assert_eq!(days, 366, "30 June 2023 to 30 June 2024, over 29 February");
}
