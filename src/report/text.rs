//! Running text: what a paragraph consists of, before any format.

use super::numbering::{Numbering, Reference};

/// The parts of a paragraph, in order.
pub type Paragraph = Vec<Inline>;

/// A part of running text. Texts are plain, never markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    /// A name as the data have it, such as a code.
    Code(String),
    /// A link to a table or a figure, printed as its number.
    Reference(Reference),
}

/// What stands around the name of an item where text refers to it; characters that no text has.
const MARK: char = '\u{2}';

/// An item's name, marked so that [`with_references`] finds it.
pub fn marked(item: &str) -> String {
    format!("{MARK}{item}{MARK}")
}

/// Text with references where [`marked`] items of the numbering stand.
pub fn with_references(text: &str, numbering: &Numbering) -> Paragraph {
    let parts = text.split(MARK).filter(|part| !part.is_empty());
    let inline = |part: &str| match numbering.reference(part) {
        Some(reference) => Inline::Reference(reference.clone()),
        None => Inline::Text(part.to_owned()),
    };
    parts.map(inline).collect()
}

/// Text in which names between backticks are code.
pub fn with_code(text: &str) -> Paragraph {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    let inline = |(index, part): (usize, &str)| match index % 2 {
        0 => Inline::Text(part.to_owned()),
        _ => Inline::Code(part.to_owned()),
    };
    parts.map(inline).collect()
}

#[cfg(test)]
mod tests {
    use super::{Inline, with_code};

    #[test]
    fn names_between_backticks_are_code() {
        let text = |text: &str| Inline::Text(text.to_owned());
        let code = |name: &str| Inline::Code(name.to_owned());
        assert_eq!(
            with_code("Apart (`scope`), `_T`"),
            [text("Apart ("), code("scope"), text("), "), code("_T")]
        );
        assert_eq!(with_code("no code"), [text("no code")]);
        assert!(with_code("").is_empty());
    }
}
