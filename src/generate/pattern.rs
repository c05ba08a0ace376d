//! Patterns of file numbers, such as `{n}/II-2/{yyyy}`.
//!
//! Tokens: `{n}` the number in the year, `{n:05}` the same with leading zeros, `{x}` a random number, `{yyyy}` and `{yy}` the year;
//! everything else stands for itself.

use crate::generate::day::number;
use crate::generate::record::Text;

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Number { digits: usize },
    Random,
    Year,
    ShortYear,
}

impl TextPattern {
    /// Compiles a pattern; a brace that begins no token stands for itself.
    pub fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern;
        while let Some(open) = rest.find('{') {
            let (literal, from_brace) = rest.split_at(open);
            let token = from_brace
                .find('}')
                .and_then(|close| Some((token(&from_brace[1..close])?, close + 1)));
            let (piece, length) = token.unwrap_or((Piece::Literal("{".to_owned()), 1));
            pieces.extend([Piece::Literal(literal.to_owned()), piece]);
            rest = &from_brace[length..];
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Literal(String::new()));
        TextPattern(pieces)
    }

    /// Appends the text.
    pub fn write(&self, values: Text, text: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Number { digits } => number(text, values.number, *digits),
                Piece::Random => number(text, values.random, 1),
                Piece::Year => number(text, values.year as u32, 4),
                Piece::ShortYear => number(text, (values.year % 100) as u32, 2),
            }
        }
    }
}

fn token(inner: &str) -> Option<Piece> {
    Some(match inner {
        "n" => Piece::Number { digits: 1 },
        "x" => Piece::Random,
        "yyyy" => Piece::Year,
        "yy" => Piece::ShortYear,
        _ => Piece::Number {
            digits: inner.strip_prefix("n:0")?.parse().ok()?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::TextPattern;
    use crate::generate::record::Text;

    #[test]
    fn patterns_are_filled() {
        let values = Text {
            pattern: 0,
            number: 42,
            random: 77_001,
            year: 2021,
        };
        let cases = [
            ("{n}/II-2/{yyyy}", "42/II-2/2021"),
            ("ID 1{n:05}/{yy}", "ID 100042/21"),
            ("{x} Js", "77001 Js"),
            ("{odd} {n", "{odd} {n"),
        ];
        for (pattern, expected) in cases {
            let mut text = String::new();
            TextPattern::new(pattern).write(values, &mut text);
            assert_eq!(text, expected, "{pattern}");
        }
    }
}
