//! Text files in the encoding of a source definition.
//!
//! Text comes in as UTF-8 in pieces and goes out encoded, in blocks. UTF-16 is written here, because the Encoding Standard only decodes
//! it; a letter that the encoding lacks is an error, never a substitute.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoder, EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::generate::error::GenerateError;

/// Encoded text is handed to the system in blocks of about this many bytes.
const BLOCK: usize = 1 << 18;

/// A text file that is being written.
pub struct TextSink {
    path: PathBuf,
    file: File,
    encoding: Target,
    text: String,
    encoded: Vec<u8>,
}

enum Target {
    Utf8,
    Utf16 { little_endian: bool },
    Legacy(Encoder),
}

impl TextSink {
    /// Creates the file, with a byte-order mark if wanted.
    pub fn create(path: &Path, encoding: &'static Encoding, byte_order_mark: bool) -> Result<Self, GenerateError> {
        let file = File::create(path).map_err(|source| GenerateError::Write {
            file: path.to_owned(),
            source,
        })?;
        let target = match encoding {
            e if e == UTF_8 => Target::Utf8,
            e if e == UTF_16LE => Target::Utf16 { little_endian: true },
            e if e == UTF_16BE => Target::Utf16 { little_endian: false },
            other => Target::Legacy(other.new_encoder()),
        };
        let mut sink = TextSink {
            path: path.to_owned(),
            file,
            encoding: target,
            text: String::new(),
            encoded: Vec::new(),
        };
        if byte_order_mark {
            sink.text.push('\u{feff}');
        }
        Ok(sink)
    }

    /// The text that is yet to be encoded, to append to.
    pub fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Writes out what has gathered if it is a block or more.
    pub fn pass_on(&mut self) -> Result<(), GenerateError> {
        if self.text.len() >= BLOCK {
            self.write_out()
        } else {
            Ok(())
        }
    }

    /// Writes out the rest.
    pub fn finish(mut self) -> Result<(), GenerateError> {
        self.write_out()
    }

    fn write_out(&mut self) -> Result<(), GenerateError> {
        self.encoded.clear();
        let bytes = match &mut self.encoding {
            Target::Utf8 => self.text.as_bytes(),
            Target::Utf16 { little_endian } => {
                encode_utf16(&self.text, *little_endian, &mut self.encoded);
                &self.encoded
            }
            Target::Legacy(encoder) => {
                encode_legacy(encoder, &self.text, &mut self.encoded).map_err(|letter| GenerateError::Letter {
                    file: self.path.clone(),
                    encoding: encoder.encoding().name(),
                    letter,
                })?;
                &self.encoded
            }
        };
        let written = self.file.write_all(bytes);
        self.text.clear();
        written.map_err(|source| GenerateError::Write {
            file: self.path.clone(),
            source,
        })
    }
}

fn encode_utf16(text: &str, little_endian: bool, encoded: &mut Vec<u8>) {
    for unit in text.encode_utf16() {
        encoded.extend(if little_endian {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        });
    }
}

/// Appends the encoded text, or gives back the letter that the encoding lacks.
fn encode_legacy(encoder: &mut Encoder, text: &str, encoded: &mut Vec<u8>) -> Result<(), char> {
    let mut rest = text;
    loop {
        encoded.reserve(rest.len() + 64);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, encoded, false);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return Ok(()),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(letter) => return Err(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;

    use super::TextSink;
    use crate::generate::error::GenerateError;

    fn written(label: &str, byte_order_mark: bool, text: &str) -> Result<Vec<u8>, GenerateError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.csv");
        let mut sink = TextSink::create(&path, Encoding::for_label(label.as_bytes()).unwrap(), byte_order_mark)?;
        sink.text().push_str(text);
        sink.finish()?;
        Ok(std::fs::read(path).unwrap())
    }

    #[test]
    fn every_encoding_gives_its_bytes() {
        assert_eq!(written("utf-8", true, "ș").unwrap(), [0xEF, 0xBB, 0xBF, 0xC8, 0x99]);
        assert_eq!(
            written("utf-16le", true, "aș").unwrap(),
            [0xFF, 0xFE, 0x61, 0x00, 0x19, 0x02]
        );
        assert_eq!(written("utf-16be", false, "ș").unwrap(), [0x02, 0x19]);
        assert_eq!(written("windows-1250", false, "şţ").unwrap(), [0xBA, 0xFE]);
        assert_eq!(written("iso-8859-16", false, "șț").unwrap(), [0xBA, 0xFE]);
        assert_eq!(written("windows-1251", false, "Срб").unwrap(), [0xD1, 0xF0, 0xE1]);
    }

    #[test]
    fn a_letter_that_the_encoding_lacks_is_named() {
        assert!(matches!(
            written("windows-1250", false, "aș"),
            Err(GenerateError::Letter { letter: 'ș', .. })
        ));
    }
}
