//! `{from}` and `{to}` in addresses, queries and names.

use super::connector::Period;

/// The text with the days of the period in ISO 8601 (2025-12-31).
pub(super) fn filled(text: &str, period: &Period) -> String {
    text.replace("{from}", &period.from.to_string())
        .replace("{to}", &period.to.to_string())
}
