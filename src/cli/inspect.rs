//! `rogatory inspect`: how a file is written, what its columns are, a first source definition, its rows.

use encoding_rs::Encoding;

use crate::cli::arguments::{GlobalArguments, InspectArguments, ReportFormat};
use crate::cli::ending::{CommandError, Ending};
use crate::cli::printer::Printer;
use crate::cli::session::open_settings;
use crate::domain::codelist::Codelists;
use crate::inspect::{
    Escape, Given, GivenDialect, GivenHeader, InspectError, RecordEnd, RowsAccount, Values, draft, inspect,
    json_report, text_report, write_rows,
};

/// Inspects the file.
///
/// # Errors
/// The file can't be inspected, or an option is none.
pub fn run(arguments: &GlobalArguments, command: &InspectArguments, printer: &Printer) -> Result<Ending, CommandError> {
    let (codelists, settings) = open_settings(arguments)?;
    let given = given(command)?;
    printer.doing("looking at the file");
    if command.rows.is_some() {
        return rows(command, &given, &codelists, printer);
    }
    let inspection = inspect(&command.file, &given, &codelists)?;
    let values = if command.values { Values::Shown } else { Values::Hidden };
    let text = match command.format {
        _ if command.draft => {
            let state = settings.as_ref().map(|settings| settings.state.as_str());
            draft(&inspection, &codelists, state, values)
        }
        ReportFormat::Text => text_report(&inspection, values),
        ReportFormat::Json => json_report(&inspection, values),
    };
    printer.data(text.as_bytes()).map_err(|source| CommandError::Io {
        action: "write the report".to_owned(),
        source,
    })?;
    Ok(Ending::Done)
}

fn rows(
    command: &InspectArguments,
    given: &Given,
    codelists: &Codelists,
    printer: &Printer,
) -> Result<Ending, CommandError> {
    let mut output = printer.stream();
    match write_rows(&command.file, given, codelists, &mut output) {
        Ok(account) => {
            drop(output);
            printer.say(&account_text(&account));
            Ok(if account.replaced {
                Ending::DoneWithFaults
            } else {
                Ending::Done
            })
        }
        // A reader that has gone away ends the output, not the command.
        Err(InspectError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Ending::Done),
        Err(error) => Err(error.into()),
    }
}

/// What was written, for people.
fn account_text(account: &RowsAccount) -> String {
    let mut text = format!(
        "{} below {}",
        counted(account.rows, "row", "rows"),
        counted(account.header_rows as u64, "header row", "header rows")
    );
    if account.titles > 0 {
        let lines = counted(account.titles as u64, "line above was", "lines above were");
        text.push_str(&format!("; {lines} left out (--skip-lines 0 keeps all)"));
    }
    if account.ragged > 0 {
        let rows = counted(account.ragged, "row has", "rows have");
        text.push_str(&format!("; {rows} another number of cells than the first"));
    }
    if account.misquoted > 0 {
        let cells = counted(account.misquoted as u64, "cell has", "cells have");
        text.push_str(&format!("; {cells} a quote that doesn't fit"));
    }
    if account.replaced {
        text.push_str("; bytes that are not valid in the encoding stand as U+FFFD, name it with --encoding");
    }
    text
}

/// A number with the word that agrees with it.
fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// What was typed, as values.
fn given(command: &InspectArguments) -> Result<Given, CommandError> {
    let quote = command
        .quote
        .as_deref()
        .map(|text| character("--quote", text))
        .transpose()?;
    Ok(Given {
        encoding: command.encoding.as_deref().map(encoding).transpose()?,
        dialect: GivenDialect {
            delimiter: command
                .delimiter
                .as_deref()
                .map(|text| some_text("--delimiter", text))
                .transpose()?,
            escape: command.escape.as_deref().map(|text| escape(text, quote)).transpose()?,
            quote,
            record_end: command.record_end.as_deref().map(record_end).transpose()?,
        },
        header: GivenHeader {
            skip: command.skip_lines,
            rows: command.header_rows,
        },
        sheet: command.sheet.clone(),
    })
}

fn encoding(label: &str) -> Result<&'static Encoding, CommandError> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| CommandError::Input {
        message: format!(
            "--encoding {label} is unknown; expected a label such as utf-8, windows-1250, windows-1251, iso-8859-2, iso-8859-16, utf-16le"
        ),
    })
}

fn record_end(text: &str) -> Result<RecordEnd, CommandError> {
    Ok(match some_text("--record-end", text)?.as_str() {
        "\r\n" => RecordEnd::Line,
        other => RecordEnd::Text(other.to_owned()),
    })
}

fn escape(text: &str, quote: Option<Option<char>>) -> Result<Escape, CommandError> {
    Ok(match character("--escape", text)? {
        None => Escape::None,
        Some(character) if quote.flatten().unwrap_or('"') == character => Escape::Doubled,
        Some(character) => Escape::Character(character),
    })
}

/// One character, or none.
fn character(option: &str, text: &str) -> Result<Option<char>, CommandError> {
    // A single backslash is itself, not the beginning of a name.
    let text = if text == "\\" {
        text.to_owned()
    } else {
        unescaped(option, text)?
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (first, None) => Ok(first),
        _ => Err(CommandError::Input {
            message: format!("{option} takes one character, or \"\" for none; found `{text}`"),
        }),
    }
}

/// Text of at least one character.
fn some_text(option: &str, text: &str) -> Result<String, CommandError> {
    let text = unescaped(option, text)?;
    if text.is_empty() {
        return Err(CommandError::Input {
            message: format!("{option} is empty; expected at least one character, such as ;"),
        });
    }
    Ok(text)
}

/// The text with `\t`, `\n`, `\r`, `\\` and `\xHH` as the characters that they name.
fn unescaped(option: &str, text: &str) -> Result<String, CommandError> {
    let unknown = |name: &str| CommandError::Input {
        message: format!(
            "{option}: `\\{name}` names no character; expected \\t, \\n, \\r, \\\\ or \\x and two hexadecimal digits such as \\x1f"
        ),
    };
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let name = &rest[at + 1..];
        let (character, length) = match name.as_bytes() {
            [b't', ..] => ('\t', 1),
            [b'n', ..] => ('\n', 1),
            [b'r', ..] => ('\r', 1),
            [b'\\', ..] => ('\\', 1),
            [b'x', ..] => {
                let digits = name.get(1..3).ok_or_else(|| unknown(name))?;
                let number = u8::from_str_radix(digits, 16).map_err(|_| unknown(name))?;
                (char::from(number), 3)
            }
            _ => return Err(unknown(name)),
        };
        plain.push(character);
        rest = &name[length..];
    }
    plain.push_str(rest);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::{character, escape, unescaped};
    use crate::inspect::Escape;

    #[test]
    fn characters_can_be_typed_by_name() {
        let cases = [
            ("\\t", "\t"),
            ("a\\r\\n", "a\r\n"),
            ("\\x1f|", "\u{1f}|"),
            ("||", "||"),
            ("\\\\", "\\"),
        ];
        for (typed, expected) in cases {
            assert_eq!(unescaped("--delimiter", typed).unwrap(), expected);
        }
        for typed in ["\\", "\\q", "\\x1", "\\xzz"] {
            assert!(unescaped("--delimiter", typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn quotes_and_escapes_are_one_character_or_none() {
        assert_eq!(character("--quote", "").unwrap(), None);
        assert_eq!(character("--quote", "'").unwrap(), Some('\''));
        assert!(character("--quote", "''").is_err());
        assert_eq!(escape("\\", None).unwrap(), Escape::Character('\\'));
        assert_eq!(escape("\"", None).unwrap(), Escape::Doubled);
        assert_eq!(escape("\"", Some(Some('\''))).unwrap(), Escape::Character('"'));
        assert_eq!(escape("", None).unwrap(), Escape::None);
    }
}
