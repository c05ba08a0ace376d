//! The known name that a misspelt one was probably meant to be.

/// The nearest of `known`, if it is near enough to be a slip; of equally near ones the first in the alphabet.
pub(super) fn nearest(found: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let distance = |name: &str| strsim::damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase());
    let allowed = (found.chars().count() / 3).max(2);
    let candidates = known.into_iter().map(|name| (distance(&name), name));
    candidates
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
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
