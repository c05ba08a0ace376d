//! How a cell is printed: rounding, separators, and signs for missing numbers.
//!
//! Input: a cell's value and the decimals of its column. Output: text. Rounding happens here and only here, once: half up by
//! magnitude (2.5 -> 3, -2.5 -> -3) on the decimal digits of the number, as a spreadsheet shows it, so that a published figure
//! can be checked by hand. Digits beyond the fifteenth are an artefact of binary arithmetic and take no part.

use crate::domain::table::{Missing, Value};

/// Significant decimal digits that a double holds faithfully.
const FAITHFUL_DIGITS: usize = 15;

/// The separators of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    pub thousands: char,
    pub decimal: char,
}

impl NumberFormat {
    /// The separators of the language with this tag; English where it is not known.
    pub fn of_language(language: &str) -> Self {
        match language.split('-').next() {
            Some("ro" | "sr") => Self {
                thousands: '.',
                decimal: ',',
            },
            _ => Self {
                thousands: ',',
                decimal: '.',
            },
        }
    }

    /// The number rounded to `decimals` and separated, with a true minus sign.
    pub fn number(self, number: f64, decimals: u8) -> String {
        let rounded = round_half_up(number, decimals);
        let (sign, magnitude) = match rounded.strip_prefix('-') {
            Some(magnitude) => ("\u{2212}", magnitude),
            None => ("", rounded.as_str()),
        };
        let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
        let mut text = format!("{sign}{}", self.grouped(whole));
        if !fraction.is_empty() {
            text.push(self.decimal);
            text.push_str(fraction);
        }
        text
    }

    /// A number, or the sign of the reason for having none.
    pub fn value(self, value: Value, decimals: u8) -> String {
        match value {
            Value::Number(number) => self.number(number, decimals),
            Value::Missing(reason) => sign(reason).to_owned(),
        }
    }

    fn grouped(self, digits: &str) -> String {
        let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        text
    }
}

/// The sign printed instead of a missing number.
pub fn sign(reason: Missing) -> &'static str {
    match reason {
        Missing::Nil => "-",
        Missing::NotAvailable => ":",
        Missing::NotApplicable => "n/a",
        Missing::Suppressed => "c",
    }
}

/// What a sign means, in words.
pub fn meaning(reason: Missing) -> &'static str {
    match reason {
        Missing::Nil => "nothing to count",
        Missing::NotAvailable => "not available",
        Missing::NotApplicable => "not applicable",
        Missing::Suppressed => "confidential",
    }
}

/// The stable name of the reason in machine-readable files.
pub fn code(reason: Missing) -> &'static str {
    match reason {
        Missing::Nil => "nil",
        Missing::NotAvailable => "not_available",
        Missing::NotApplicable => "not_applicable",
        Missing::Suppressed => "suppressed",
    }
}

/// The decimal text of `number` with exactly `decimals` digits after the point; no `-0`.
pub fn round_half_up(number: f64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let (digits, point) = faithful_digits(number.abs());
    let mut kept = digits_up_to(&digits, point, decimals);
    if digit_at(&digits, point, decimals) >= 5 {
        add_one(&mut kept);
    }
    while kept.len() <= decimals {
        kept.insert(0, 0);
    }
    let mut text: String = kept.iter().map(|digit| char::from(b'0' + digit)).collect();
    if decimals > 0 {
        text.insert(text.len() - decimals, '.');
    }
    match number < 0.0 && kept.iter().any(|digit| *digit != 0) {
        true => format!("-{text}"),
        false => text,
    }
}

/// The significant digits of a number, and how many of them stand before the decimal point (may be negative).
fn faithful_digits(number: f64) -> (Vec<u8>, i64) {
    let text = format!("{:.*e}", FAITHFUL_DIGITS - 1, number);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    (digits, exponent.parse::<i64>().unwrap_or(0) + 1)
}

/// The digits before the point and the first `decimals` after it.
fn digits_up_to(digits: &[u8], point: i64, decimals: usize) -> Vec<u8> {
    let count = (point + decimals as i64).max(0) as usize;
    (0..count)
        .map(|index| digits.get(index).copied().unwrap_or(0))
        .collect()
}

/// The digit that decides the rounding: the one after the last kept.
fn digit_at(digits: &[u8], point: i64, decimals: usize) -> u8 {
    usize::try_from(point + decimals as i64)
        .ok()
        .and_then(|index| digits.get(index).copied())
        .unwrap_or(0)
}

fn add_one(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}

#[cfg(test)]
mod tests {
    use super::{NumberFormat, round_half_up};

    #[test]
    fn rounding_is_half_up_on_decimal_digits() {
        let cases = [
            (0.0, 0, "0"),
            (0.5, 0, "1"),
            (1.5, 0, "2"),
            (2.5, 0, "3"),
            (-2.5, 0, "-3"),
            (0.49, 0, "0"),
            (0.05, 1, "0.1"),
            (0.04, 1, "0.0"),
            (0.004, 2, "0.00"),
            (0.005, 2, "0.01"),
            (-0.04, 1, "0.0"),
            (2.675, 2, "2.68"),
            (1.005, 2, "1.01"),
            (1.115, 2, "1.12"),
            (0.57 * 50.0, 0, "29"),
            (0.1 + 0.2, 1, "0.3"),
            (9.995, 2, "10.00"),
            (99.95, 1, "100.0"),
            (999.5, 0, "1000"),
            (12.25, 1, "12.3"),
            (33.333333333333336, 1, "33.3"),
            (66.66666666666667, 2, "66.67"),
            (1234567.0, 0, "1234567"),
            (1e15, 0, "1000000000000000"),
            (123456789012345680.0, 0, "123456789012346000"),
            (1e-9, 2, "0.00"),
        ];
        for (number, decimals, printed) in cases {
            assert_eq!(round_half_up(number, decimals), printed, "{number} to {decimals}");
        }
    }

    #[test]
    fn thousands_are_separated_as_the_language_does() {
        let english = NumberFormat::of_language("en");
        let romanian = NumberFormat::of_language("ro");
        let cases = [
            (1.0, 0, "1", "1"),
            (999.0, 0, "999", "999"),
            (1000.0, 0, "1,000", "1.000"),
            (1234567.25, 1, "1,234,567.3", "1.234.567,3"),
            (-1234.5, 0, "\u{2212}1,235", "\u{2212}1.235"),
        ];
        for (number, decimals, in_english, in_romanian) in cases {
            assert_eq!(english.number(number, decimals), in_english);
            assert_eq!(romanian.number(number, decimals), in_romanian);
        }
    }
}
