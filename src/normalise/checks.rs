//! Rules between the fields of one item: ends that lie before starts, outcomes without a date and dates without an outcome.

use crate::domain::dataset::DataSet;
use crate::normalise::columns::Value;
use crate::normalise::fault::Reason;
use crate::normalise::plan::Plan;

/// Start and end of each data set; the end must not lie before the start.
fn spans(data_set: DataSet) -> &'static [(&'static str, &'static str)] {
    match data_set {
        DataSet::Requests | DataSet::EjnRequests => &[("received_on", "completed_on")],
        DataSet::EurojustCases => &[("opened_on", "closed_on")],
        DataSet::Activities => &[("begun_on", "ended_on")],
        DataSet::EurojustActivities => &[],
    }
}

/// The faults of an item whose fields have been read: the field that is wrong, and why.
pub fn check_item(plan: &Plan<'_>, values: &[Value]) -> Vec<(&'static str, Reason)> {
    let item = Item { plan, values };
    let mut faults = item.missing();
    for (start, end) in spans(plan.definition.data_set) {
        faults.extend(item.check_span(start, end));
    }
    if plan.definition.data_set == DataSet::Requests {
        item.check_request(&mut faults);
    }
    faults
}

struct Item<'a> {
    plan: &'a Plan<'a>,
    values: &'a [Value],
}

impl Item<'_> {
    fn value(&self, name: &str) -> &Value {
        self.plan
            .position(name)
            .map_or(&Value::Null, |position| &self.values[position])
    }

    fn missing(&self) -> Vec<(&'static str, Reason)> {
        let fields = self.plan.fields.iter().zip(self.values);
        let missing = fields.filter(|(field, value)| field.required && **value == Value::Null);
        missing.map(|(field, _)| (field.name, Reason::MissingValue)).collect()
    }

    fn check_span(&self, start: &'static str, end: &'static str) -> Option<(&'static str, Reason)> {
        match (self.value(start), self.value(end)) {
            (Value::Date(start), Value::Date(ended)) if ended < start => Some((end, Reason::EndBeforeStart)),
            _ => None,
        }
    }

    fn check_request(&self, faults: &mut Vec<(&'static str, Reason)>) {
        let incoming = match self.value("direction") {
            Value::Code(direction) => Some(Some(*direction) == self.plan.codelists.incoming),
            _ => None,
        };
        if incoming == Some(true) && *self.value("received_on") == Value::Null {
            faults.push(("received_on", Reason::MissingValue));
        }
        if incoming == Some(false) && faults.iter().all(|(_, reason)| *reason != Reason::EndBeforeStart) {
            faults.extend(self.check_span("transmitted_on", "completed_on"));
        }
        faults.extend(self.check_outcome());
    }

    fn check_outcome(&self) -> Option<(&'static str, Reason)> {
        let resolves = match self.value("outcome") {
            Value::Code(outcome) => {
                self.plan
                    .codelists
                    .resolves
                    .get(usize::from(outcome.unsigned_abs()))
                    .copied()
                    == Some(true)
            }
            _ => false,
        };
        match (resolves, self.value("completed_on")) {
            (true, Value::Null) => Some(("completed_on", Reason::OutcomeWithoutCompletion)),
            (false, Value::Date(_)) => Some(("outcome", Reason::CompletionWithoutOutcome)),
            _ => None,
        }
    }
}
