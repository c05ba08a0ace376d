//! The data sets of the lake and their fields: the one table from which the lake's Arrow schema, the source definitions'
//! valid field names and the documentation are derived.
//!
//! Input: nothing. Output: constants. A new field is one line here; what a field's values may be is a codelist (data).
//! Reading, checking of values and storage do not belong here.

use std::str::FromStr;

/// What a field holds once it has been normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Free text without a codelist, such as a file number.
    Text,
    /// One code of the named codelist.
    Code(&'static str),
    /// Several codes of the named codelist, in the order of the cell.
    CodeList(&'static str),
    /// A calendar date.
    Date,
    /// A whole number.
    Integer,
    /// A decimal number, stored as a 64-bit float.
    Decimal,
    /// Yes or no.
    Boolean,
}

/// One field of a data set.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
    /// A row without a value for this field is quarantined.
    pub required: bool,
    /// What the field means, for documentation and hints.
    pub meaning: &'static str,
}

/// A kind of record that agencies export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataSet {
    Requests,
    EurojustCases,
    EurojustActivities,
    EjnRequests,
    Activities,
}

/// Every data set that a source definition may name.
pub const DATA_SETS: [DataSet; 5] = [
    DataSet::Requests,
    DataSet::EurojustCases,
    DataSet::EurojustActivities,
    DataSet::EjnRequests,
    DataSet::Activities,
];

impl DataSet {
    /// The name of the data set's table in the lake and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            DataSet::Requests => "requests",
            DataSet::EurojustCases => "eurojust_cases",
            DataSet::EurojustActivities => "eurojust_activities",
            DataSet::EjnRequests => "ejn_requests",
            DataSet::Activities => "activities",
        }
    }

    /// The fields that a source definition may map, in the order of the lake's columns.
    pub fn fields(self) -> &'static [Field] {
        match self {
            DataSet::Requests => REQUESTS,
            DataSet::EurojustCases => EUROJUST_CASES,
            DataSet::EurojustActivities => EUROJUST_ACTIVITIES,
            DataSet::EjnRequests => EJN_REQUESTS,
            DataSet::Activities => ACTIVITIES,
        }
    }

    /// The field that, with `item` where there is one, identifies a row within its source.
    pub fn key_name(self) -> &'static str {
        match self {
            DataSet::EurojustCases => "case",
            DataSet::Requests | DataSet::EurojustActivities | DataSet::EjnRequests | DataSet::Activities => "reference",
        }
    }

    /// The field called `name`, if this data set has it.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

/// The name is not that of a data set.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{found}` is not a data set; expected one of requests, eurojust_cases, eurojust_activities, ejn_requests, activities"
)]
pub struct UnknownDataSet {
    pub found: String,
}

impl FromStr for DataSet {
    type Err = UnknownDataSet;

    fn from_str(text: &str) -> Result<Self, UnknownDataSet> {
        let found = DATA_SETS.into_iter().find(|data_set| data_set.name() == text);
        found.ok_or_else(|| UnknownDataSet { found: text.to_owned() })
    }
}

const fn field(name: &'static str, kind: FieldKind, meaning: &'static str) -> Field {
    Field {
        name,
        kind,
        required: false,
        meaning,
    }
}

const fn required(name: &'static str, kind: FieldKind, meaning: &'static str) -> Field {
    Field {
        name,
        kind,
        required: true,
        meaning,
    }
}

use FieldKind::{Boolean, Code, CodeList, Date, Decimal, Integer, Text};

/// One row per item of a request as one authority registered it. Key: source, `reference`, `item`.
const REQUESTS: &[Field] = &[
    required("reference", Text, "file number of the registering authority"),
    required(
        "item",
        Integer,
        "1 unless one letter asks several things or concerns several States",
    ),
    field("counterpart_reference", Text, "file number of the foreign authority"),
    field("central_reference", Text, "file number at the central authority"),
    required("direction", Code("directions"), "incoming or outgoing"),
    required(
        "counterpart",
        Code("states"),
        "the requesting (incoming) or requested (outgoing) State or organisation",
    ),
    required("form", Code("forms"), "form of cooperation asked for"),
    field("instrument", Code("instruments"), "primary legal basis"),
    field("instruments_secondary", CodeList("instruments"), "further legal bases"),
    field("channel", Code("channels"), "channel by which the request came or went"),
    field("phase", Code("phases"), "procedural phase"),
    field("offences", CodeList("offences"), "offence groups concerned"),
    field("urgent", Boolean, "marked as urgent"),
    field(
        "received_on",
        Date,
        "received (incoming: from abroad; outgoing: from the requesting national authority)",
    ),
    field(
        "transmitted_on",
        Date,
        "transmitted (outgoing: abroad; incoming: to the executing authority)",
    ),
    field("completed_on", Date, "the outcome's date"),
    field(
        "outcome",
        Code("outcomes"),
        "how the request ended, or that it is pending",
    ),
    field("refusal_ground", Code("refusal_grounds"), "ground of a refusal"),
    field(
        "regularity",
        Code("regularity"),
        "result of the regularity control (Law 302/2004, art. 10(2))",
    ),
    field(
        "language_received",
        Code("languages"),
        "language of the request as received",
    ),
    field(
        "cost_kind",
        Code("cost_kinds"),
        "kind of cost (Law 302/2004, art. 16(2))",
    ),
    field("cost_amount", Decimal, "amount in `cost_currency`"),
    field("cost_currency", Text, "ISO 4217 code"),
    field("eurojust_case", Text, "Eurojust case number, if Eurojust assisted"),
    field("ejn", Boolean, "the EJN assisted"),
    field("jit", Boolean, "a joint investigation team was involved"),
    field(
        "objects_remitted",
        Integer,
        "number of objects handed over (Law 302/2004, art. 17)",
    ),
];

/// One row per Eurojust case in which the national desk or liaison prosecutor takes part. Key: source, `case`.
const EUROJUST_CASES: &[Field] = &[
    required("case", Text, "Eurojust case number"),
    required("role", Code("eurojust_roles"), "initiated or participating"),
    required("opened_on", Date, "the day the case was opened"),
    field("closed_on", Date, "the day the case was closed"),
    field("countries", CodeList("states"), "States involved besides the own one"),
    field("offences", CodeList("offences"), "offence groups concerned"),
];

/// One row per dated activity in a Eurojust case. Key: source, `reference`.
const EUROJUST_ACTIVITIES: &[Field] = &[
    required("reference", Text, "number of the activity"),
    required("case", Text, "Eurojust case number"),
    required(
        "kind",
        Code("eurojust_activity_kinds"),
        "coordination meeting, action day, JIT supported ...",
    ),
    required("held_on", Date, "the day it took place or began"),
];

/// One row per intervention of an EJN contact point. Key: source, `reference`.
const EJN_REQUESTS: &[Field] = &[
    required("reference", Text, "number of the intervention"),
    required("direction", Code("directions"), "incoming or outgoing"),
    required("counterpart", Code("states"), "State of the other contact point"),
    field("requester", Code("ejn_requesters"), "kind of authority that asked"),
    field("instrument", Code("instruments"), "instrument concerned"),
    field("subject", Code("ejn_subjects"), "what was asked"),
    required("received_on", Date, "the day it was received or sent"),
    field("completed_on", Date, "the day it was answered"),
    field("outcome", Code("ejn_outcomes"), "how it ended"),
    field("eurojust_referral", Boolean, "passed to or received from Eurojust"),
];

/// One row per activity of an international cooperation department. Key: source, `reference`.
const ACTIVITIES: &[Field] = &[
    required("reference", Text, "number of the activity"),
    required(
        "kind",
        Code("activity_kinds"),
        "memorandum, working visit, training, programme ...",
    ),
    required("begun_on", Date, "signature or first day"),
    field("ended_on", Date, "last day, or end of validity"),
    field("counterparts", CodeList("states"), "States and organisations concerned"),
    field("participants", Integer, "number of participants"),
];
