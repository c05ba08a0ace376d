//! Messages for people who wrote TOML: what the parser says, and the key or word that was probably meant.

use crate::domain::fold::nearest;

/// TOML's message, with the nearest expected key where a key is unknown.
pub fn explain_toml(error: &toml::de::Error) -> String {
    let message = error.to_string();
    let named = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let Some((found, expected)) = error
        .message()
        .strip_prefix("unknown field ")
        .or(error.message().strip_prefix("unknown variant "))
        .and_then(|rest| rest.split_once(", expected "))
    else {
        return message.trim_end().to_owned();
    };
    let (found, expected) = (named(found), named(expected));
    let near = found
        .first()
        .map(|found| nearest(found, expected.iter().map(String::as_str), 1))
        .unwrap_or_default();
    match near.first() {
        Some(near) => format!("{}\ndid you mean `{near}`?", message.trim_end()),
        None => message.trim_end().to_owned(),
    }
}
