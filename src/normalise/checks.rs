//! Rules between the fields of one item: ends that lie before starts, outcomes without a date and dates without an outcome.

use crate::domain::dataset::DataSet;
use crate::normalise::columns::Value;
use crate::normalise::fault::Reason;
use crate::normalise::plan::CodelistIndex;

/// Start and end of each data set; the end must not lie before the start.
fn spans(data_set: DataSet) -> &'static [(&'static str, &'static str)] {
    match data_set {
        DataSet::Requests | DataSet::EjnRequests => &[("received_on", "completed_on")],
        DataSet::EurojustCases => &[("opened_on", "closed_on")],
        DataSet::Activities => &[("begun_on", "ended_on")],
        DataSet::EurojustActivities => &[],
    }
}

/// The field that is wrong, and why.
pub type ItemFault = (&'static str, Reason);

/// A field by its position, with its name for faults.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: usize,
    name: &'static str,
}

/// The rules of a data set, with the places of the fields that they are about.
#[derive(Debug)]
pub struct ItemRules {
    required: Vec<Place>,
    spans: Vec<(Place, Place)>,
    /// Of requests alone.
    request: Option<RequestRules>,
}

#[derive(Debug)]
struct RequestRules {
    direction: Place,
    received_on: Place,
    transmitted_on: Place,
    completed_on: Place,
    outcome: Place,
}

impl ItemRules {
    /// The rules of the data set.
    pub fn new(data_set: DataSet) -> Self {
        let fields = data_set.fields();
        let place = |name: &str| {
            let position = fields.iter().position(|field| field.name == name);
            let position = position.expect("rules name fields of their data set");
            let name = fields[position].name;
            Place { position, name }
        };
        ItemRules {
            required: fields
                .iter()
                .filter(|field| field.required)
                .map(|field| place(field.name))
                .collect(),
            spans: spans(data_set)
                .iter()
                .map(|(start, end)| (place(start), place(end)))
                .collect(),
            request: (data_set == DataSet::Requests).then(|| RequestRules {
                direction: place("direction"),
                received_on: place("received_on"),
                transmitted_on: place("transmitted_on"),
                completed_on: place("completed_on"),
                outcome: place("outcome"),
            }),
        }
    }

    /// The faults of an item whose fields have been read.
    pub fn check(&self, codelists: &CodelistIndex<'_>, values: &[Value]) -> Vec<ItemFault> {
        let missing = self
            .required
            .iter()
            .filter(|place| values[place.position] == Value::Null);
        let mut faults: Vec<ItemFault> = missing.map(|place| (place.name, Reason::MissingValue)).collect();
        faults.extend(
            self.spans
                .iter()
                .filter_map(|(start, end)| check_span(values, *start, *end)),
        );
        if let Some(request) = &self.request {
            request.check(codelists, values, &mut faults);
        }
        faults
    }
}

impl RequestRules {
    fn check(&self, codelists: &CodelistIndex<'_>, values: &[Value], faults: &mut Vec<ItemFault>) {
        let incoming = match values[self.direction.position] {
            Value::Code(direction) => Some(Some(direction) == codelists.incoming),
            _ => None,
        };
        if incoming == Some(true) && values[self.received_on.position] == Value::Null {
            faults.push((self.received_on.name, Reason::MissingValue));
        }
        if incoming == Some(false) && faults.iter().all(|(_, reason)| *reason != Reason::EndBeforeStart) {
            faults.extend(check_span(values, self.transmitted_on, self.completed_on));
        }
        faults.extend(self.check_outcome(codelists, values));
    }

    fn check_outcome(&self, codelists: &CodelistIndex<'_>, values: &[Value]) -> Option<ItemFault> {
        let resolves = match values[self.outcome.position] {
            Value::Code(outcome) => codelists.resolves.get(usize::from(outcome.unsigned_abs())) == Some(&true),
            _ => false,
        };
        match (resolves, &values[self.completed_on.position]) {
            (true, Value::Null) => Some((self.completed_on.name, Reason::OutcomeWithoutCompletion)),
            (false, Value::Date(_)) => Some((self.outcome.name, Reason::CompletionWithoutOutcome)),
            _ => None,
        }
    }
}

fn check_span(values: &[Value], start: Place, end: Place) -> Option<ItemFault> {
    match (&values[start.position], &values[end.position]) {
        (Value::Date(started), Value::Date(ended)) if ended < started => Some((end.name, Reason::EndBeforeStart)),
        _ => None,
    }
}
