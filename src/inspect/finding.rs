//! Something found out about a file, and how sure it is.

/// How sure a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The user said so; nothing was detected.
    Given,
    Sure,
    /// It may be otherwise, for this reason.
    Unsure(String),
}

impl Certainty {
    /// Sure if `holds`, else unsure because of `doubt`.
    pub fn when(holds: bool, doubt: impl FnOnce() -> String) -> Self {
        if holds {
            Certainty::Sure
        } else {
            Certainty::Unsure(doubt())
        }
    }

    /// Whether the finding may be otherwise.
    pub fn is_unsure(&self) -> bool {
        matches!(self, Certainty::Unsure(_))
    }
}

impl std::fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Certainty::Given => formatter.write_str("as you said"),
            Certainty::Sure => formatter.write_str("sure"),
            Certainty::Unsure(doubt) => write!(formatter, "unsure: {doubt}"),
        }
    }
}
