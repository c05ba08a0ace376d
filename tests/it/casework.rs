//! The measures of Eurojust and EJN casework, activities and data quality over a small lake. Expected figures are worked out by hand.

use serde_json::{Value, json};

use crate::marts::Marts;

fn eurojust_case(case: &str, role: &str, opened_on: &str, closed_on: Option<&str>, countries: &[&str]) -> Value {
    let authority = "RO-EUROJUST";
    json!({
        "authority": authority, "case": case, "role": role, "opened_on": opened_on, "closed_on": closed_on,
        "countries": countries, "offences": ["fraud"],
    })
}

#[test]
fn eurojust_casework_in_the_columns_of_the_desk_table() {
    let activity = |reference: &str, kind: &str, held_on: &str| json!({"authority": "RO-EUROJUST", "reference": reference, "case": "2", "kind": kind, "held_on": held_on});
    let cases = vec![
        eurojust_case("1", "initiated", "2022-05-01", Some("2023-01-01"), &["FR"]),
        eurojust_case("2", "initiated", "2023-02-01", None, &["FR", "RO"]),
        eurojust_case("3", "initiated", "2023-03-01", None, &["FR", "DE", "DE"]),
        eurojust_case("4", "participating", "2022-06-01", None, &["DE"]),
        eurojust_case("5", "initiated", "2023-12-31", None, &[]),
    ];
    let activities = vec![
        activity("1", "coordination_meeting", "2023-04-01"),
        activity("2", "coordination_meeting", "2023-04-02"),
        activity("3", "jit_supported", "2023-05-01"),
        activity("4", "action_day", "2024-08-01"),
    ];
    let marts = Marts::of(
        &[("eurojust_cases", cases), ("eurojust_activities", activities)],
        "2024-06-30",
    );
    let desk = [
        ("new", Some(3.0)),
        ("new_2_countries", Some(1.0)),
        ("new_3_or_more", Some(1.0)),
        ("new_countries_not_stated", Some(1.0)),
        ("ongoing", Some(1.0)),
        ("participation_new", Some(0.0)),
        ("participation_ongoing", Some(1.0)),
        ("coordination_meetings", Some(2.0)),
        ("jits", Some(1.0)),
    ];
    marts.check("eurojust_desk", &["RO-EUROJUST"], "2023", &desk);
    let next = [
        ("ongoing", Some(3.0)),
        ("participation_ongoing", Some(1.0)),
        ("action_days", Some(0.0)),
    ];
    marts.check("eurojust_desk", &["RO-EUROJUST"], "2024", &next);
    let partner = |partner: &str, expected: f64| {
        marts.check(
            "eurojust_partners",
            &["initiated", partner],
            "2023",
            &[("new", Some(expected))],
        );
    };
    partner("FR", 2.0);
    partner("DE", 1.0);
    partner("not_stated", 1.0);
    partner("_T", 3.0);
    marts.check("eurojust_offences", &["_T", "fraud"], "2022", &[("new", Some(2.0))]);
}

#[test]
fn ejn_interventions_activities_and_memoranda() {
    let ejn = |reference: &str, subject: &str, received_on: &str, outcome: Value| {
        let mut row = json!({
            "reference": reference, "direction": "incoming", "counterpart": "FR", "subject": subject,
            "received_on": received_on,
        });
        row.as_object_mut()
            .unwrap()
            .extend(outcome.as_object().unwrap().clone());
        row
    };
    let interventions = vec![
        ejn(
            "1",
            "speed_up",
            "2023-01-10",
            json!({"outcome": "answered", "completed_on": "2023-01-20"}),
        ),
        ejn("2", "speed_up", "2023-06-10", json!({"eurojust_referral": true})),
        ejn(
            "3",
            "legal_information",
            "2024-06-29",
            json!({"outcome": "answered", "completed_on": "2024-07-02"}),
        ),
    ];
    let activities = vec![
        json!({"reference": "1", "kind": "memorandum", "begun_on": "2010-01-01", "counterparts": ["IT", "FR"]}),
        json!({"reference": "2", "kind": "memorandum", "begun_on": "2023-05-01", "ended_on": "2024-06-29",
            "counterparts": ["IT"]}),
        json!({"reference": "3", "kind": "training", "begun_on": "2022-03-01", "participants": 12}),
    ];
    let marts = Marts::of(
        &[("ejn_requests", interventions), ("activities", activities)],
        "2024-06-30",
    );
    let ejn = |dimensions: [&str; 5], period: &str, expected: f64| {
        marts.check("ejn_interventions", &dimensions, period, &[("entered", Some(expected))]);
    };
    ejn(["incoming", "_T", "_T", "speed_up", "_T"], "2023", 2.0);
    ejn(["_T", "_T", "_T", "_T", "pending"], "2023", 1.0);
    ejn(["_T", "_T", "_T", "_T", "pending"], "2024", 1.0);
    ejn(["_T", "FR", "_T", "_T", "_T"], "2024", 1.0);
    let months = |period: &str, expected: &[(&str, Option<f64>)]| {
        for (month, expected) in expected {
            marts.check("ejn_months", &["_T", month], period, &[("entered", *expected)]);
        }
    };
    months(
        "2023",
        &[
            ("01", Some(1.0)),
            ("02", Some(0.0)),
            ("06", Some(1.0)),
            ("12", Some(0.0)),
            ("_T", Some(2.0)),
        ],
    );
    // The observation date is 30 June 2024: July has not begun.
    months(
        "2024",
        &[
            ("01", Some(0.0)),
            ("06", Some(1.0)),
            ("07", None),
            ("12", None),
            ("_T", Some(1.0)),
        ],
    );
    marts.check("ejn_months", &["incoming", "06"], "2024", &[("entered", Some(1.0))]);
    marts.check(
        "activities",
        &["training"],
        "2022",
        &[("begun", Some(1.0)), ("participants", Some(12.0))],
    );
    assert!(marts.cell("activities", &["memorandum"], "2010").is_empty());
    let memoranda = |counterpart: &str, period: &str, concluded: f64, in_force: f64| {
        let expected = [("concluded", Some(concluded)), ("in_force", Some(in_force))];
        marts.check("memoranda", &[counterpart], period, &expected);
    };
    memoranda("_T", "2010", 1.0, 1.0);
    memoranda("IT", "2023", 1.0, 2.0);
    memoranda("IT", "2024", 0.0, 1.0);
}

#[test]
fn data_quality_counts_each_row_once_in_the_total() {
    let exports = vec![json!({
        "export": "e1", "data_set": "requests", "rows_read": 10, "accepted": 6, "quarantined": 2, "superseded": 2, "lake_rows": 6,
    })];
    let fault = |row: i64, reason: &str| json!({"data_set": "requests", "export": "e1", "export_row": row, "column": "Stat", "field": "counterpart", "reason": reason});
    let faults = vec![
        fault(3, "unknown_code"),
        fault(3, "impossible_date"),
        fault(5, "unknown_code"),
    ];
    let marts = Marts::of(&[("exports", exports), ("quarantine", faults)], "2024-06-30");
    let quality = [
        ("rows_read", Some(10.0)),
        ("superseded", Some(2.0)),
        ("quarantine_rate", Some(25.0)),
    ];
    marts.check("data_quality", &["ro-test"], "_T", &quality);
    marts.check(
        "data_quality_reasons",
        &["ro-test", "unknown_code"],
        "_T",
        &[("quarantined", Some(2.0))],
    );
    marts.check(
        "data_quality_reasons",
        &["_T", "_T"],
        "_T",
        &[("quarantined", Some(2.0))],
    );
}
