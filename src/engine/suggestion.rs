//! The known name that a misspelt one was probably meant to be.

use crate::domain::fold;

/// The likeliest of `known`, if any is near enough to be a slip.
pub(super) fn nearest(found: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let known: Vec<String> = known.into_iter().collect();
    let likeliest = fold::nearest(found, known.iter().map(String::as_str), 1);
    likeliest.first().map(|name| (*name).to_owned())
}

/// The end of a message that offers `nearest`.
pub(super) fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = || ["requests", "events", "exports"].map(str::to_owned);
        assert_eq!(nearest("request", known()).as_deref(), Some("requests"));
        assert_eq!(nearest("reqeusts", known()).as_deref(), Some("requests"));
        assert_eq!(nearest("codelists", known()), None);
    }
}
