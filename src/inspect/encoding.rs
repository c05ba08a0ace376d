//! Which encoding a text is in: by its mark, by being valid UTF-8 or UTF-16, else by how well its words read in each likely encoding.
//!
//! Input: a sample. Output: an encoding and how sure it is. Single-byte encodings are told apart by the letters that they give: each word
//! beyond ASCII is read in each candidate and scored against the alphabets of the languages that occur in registers of the region. Where two
//! readings differ in nothing that was seen, that is said.

use std::collections::BTreeSet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, IBM866, ISO_8859_2, ISO_8859_5, ISO_8859_16, KOI8_U, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252,
};

use crate::inspect::finding::Certainty;
use crate::inspect::sample::Sample;

/// The encoding of a text.
#[derive(Clone, Debug)]
pub struct EncodingFinding {
    pub encoding: &'static Encoding,
    /// Whether the file begins with a byte-order mark.
    pub mark: bool,
    pub certainty: Certainty,
    /// Bytes of the sample that are not valid in it.
    pub invalid: usize,
}

/// Single-byte encodings of the region, the likelier first.
const CANDIDATES: [&Encoding; 8] = [
    WINDOWS_1250,
    WINDOWS_1251,
    ISO_8859_2,
    ISO_8859_16,
    WINDOWS_1252,
    ISO_8859_5,
    KOI8_U,
    IBM866,
];

/// The encoding of the sample.
pub fn detect_encoding(sample: &Sample) -> EncodingFinding {
    let found = |encoding, mark, certainty| EncodingFinding {
        encoding,
        mark,
        certainty,
        invalid: 0,
    };
    if let Some((encoding, _)) = Encoding::for_bom(&sample.beginning) {
        return found(encoding, true, Certainty::Sure);
    }
    if let Some(encoding) = unmarked_utf16(&sample.beginning) {
        return found(encoding, false, Certainty::Sure);
    }
    let utf8 = Utf8Count::of(sample);
    if utf8.several == 0 && utf8.invalid == 0 {
        let certainty = Certainty::when(sample.is_whole(), || {
            "no letter beyond ASCII was seen, but not the whole file was looked at".to_owned()
        });
        return found(UTF_8, false, certainty);
    }
    if utf8.invalid == 0 {
        return found(UTF_8, false, Certainty::Sure);
    }
    if utf8.several > 20 * utf8.invalid {
        return EncodingFinding {
            encoding: UTF_8,
            mark: false,
            certainty: Certainty::Unsure(format!("bytes that are not valid in it: {}", utf8.invalid)),
            invalid: utf8.invalid,
        };
    }
    single_byte(sample)
}

/// The declared encoding, as the finding of a sample.
pub fn given_encoding(sample: &Sample, given: &'static Encoding) -> EncodingFinding {
    let marked = Encoding::for_bom(&sample.beginning).map(|(encoding, _)| encoding);
    let utf16 = |encoding: &'static Encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    let mark = marked.is_some_and(|marked| marked == given || utf16(marked) && utf16(given));
    EncodingFinding {
        encoding: marked.filter(|_| mark).unwrap_or(given),
        mark,
        certainty: Certainty::Given,
        invalid: 0,
    }
}

/// UTF-16 has a NUL in every ASCII character (delimiters, digits, spaces: a fifth of the text at least), always in the same one of its two bytes.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let nuls = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let pairs = bytes.len() / 2;
    if odd * 5 > pairs && even * 20 < odd {
        Some(UTF_16LE)
    } else if even * 5 > pairs && odd * 20 < even {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Characters of several bytes, and bytes that belong to none.
#[derive(Default)]
struct Utf8Count {
    several: usize,
    invalid: usize,
}

impl Utf8Count {
    fn of(sample: &Sample) -> Self {
        let mut count = Utf8Count::default();
        for (index, bytes) in sample.stretches().enumerate() {
            let inside = if index == 0 { 0 } else { continued(bytes) };
            count.add(&bytes[inside..], sample.is_whole());
        }
        count
    }

    fn add(&mut self, mut bytes: &[u8], to_the_end: bool) {
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.several += text.chars().filter(|c| !c.is_ascii()).count();
                    return;
                }
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.several += String::from_utf8_lossy(valid).chars().filter(|c| !c.is_ascii()).count();
            match error.error_len() {
                Some(length) => {
                    self.invalid += length;
                    bytes = &rest[length..];
                }
                None => {
                    // A character that the stretch cuts off.
                    self.invalid += if to_the_end { rest.len() } else { 0 };
                    return;
                }
            }
        }
    }
}

/// Bytes at the beginning of a stretch that continue a character before it.
fn continued(bytes: &[u8]) -> usize {
    bytes.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count()
}

/// So many different words are scored.
const WORDS: usize = 5_000;

fn single_byte(sample: &Sample) -> EncodingFinding {
    let words = words(sample);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for bytes in sample.stretches() {
        detector.feed(bytes, false);
    }
    let guessed = detector.guess(None, Utf8Detection::Deny);
    let mut readings: Vec<Reading> = CANDIDATES
        .iter()
        .map(|encoding| Reading::of(encoding, &words, guessed))
        .collect();
    // The sort is stable: of equals the likelier encoding stays first.
    readings.sort_by(|a, b| b.score.total_cmp(&a.score));
    let best = &readings[0];
    if best.score < POOR && !CANDIDATES.contains(&guessed) {
        return EncodingFinding {
            encoding: guessed,
            mark: false,
            certainty: Certainty::Unsure("the letters fit no encoding of the region well".to_owned()),
            invalid: 0,
        };
    }
    EncodingFinding {
        encoding: best.encoding,
        mark: false,
        certainty: certainty(&readings),
        invalid: 0,
    }
}

/// A reading below this score is no text of a language that is known here.
const POOR: f64 = 0.3;

/// Two readings with scores nearer than this can't be told apart.
const MARGIN: f64 = 0.15;

fn certainty(readings: &[Reading]) -> Certainty {
    let best = &readings[0];
    let others = || readings[1..].iter();
    if let Some(other) = others().find(|other| other.text != best.text && best.score - other.score < MARGIN) {
        let name = other.encoding.name();
        return Certainty::Unsure(if folded_commas(&other.text) == folded_commas(&best.text) {
            format!("{name} would read the same but for the comma or cedilla below s and t")
        } else {
            format!("{name} would read nearly as well")
        });
    }
    match others().find(|other| other.text == best.text) {
        Some(same) => Certainty::Unsure(format!("{} would read the same", same.encoding.name())),
        None => Certainty::Sure,
    }
}

/// Romanian letters with a cedilla, as old encodings have them, as those with a comma.
fn folded_commas(text: &str) -> String {
    let comma = |letter| match letter {
        'ş' => 'ș',
        'ţ' => 'ț',
        'Ş' => 'Ș',
        'Ţ' => 'Ț',
        other => other,
    };
    text.chars().map(comma).collect()
}

/// Different words with a byte beyond ASCII, with a letter before and behind where there is one.
fn words(sample: &Sample) -> BTreeSet<Vec<u8>> {
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let mut words = BTreeSet::new();
    for bytes in sample.stretches() {
        for word in bytes.split(|byte| !is_part(byte)) {
            if words.len() >= WORDS {
                return words;
            }
            if !word.is_ascii() {
                words.insert(word[..word.len().min(64)].to_vec());
            }
        }
    }
    words
}

/// How the words read in one encoding.
struct Reading {
    encoding: &'static Encoding,
    text: String,
    /// At most 1 and a little, for text in one language of the region.
    score: f64,
}

impl Reading {
    fn of(encoding: &'static Encoding, words: &BTreeSet<Vec<u8>>, guessed: &'static Encoding) -> Self {
        let read: Vec<String> = words
            .iter()
            .map(|word| encoding.decode_without_bom_handling(word).0.into_owned())
            .collect();
        let scores = ALPHABETS.iter().map(|alphabet| alphabet.score(&read));
        let best = scores.fold(f64::MIN, f64::max);
        Reading {
            encoding,
            text: read.join(" "),
            score: best + if encoding == guessed { 0.1 } else { 0.0 },
        }
    }
}

/// Letters of a language beyond ASCII, in lower case, and what its use in the region adds.
struct Alphabet {
    letters: &'static str,
    home: f64,
}

const ALPHABETS: [Alphabet; 9] = [
    // Romanian, with comma and with cedilla
    Alphabet {
        letters: "ăâîșțşţ",
        home: 0.02,
    },
    // Serbian, Croatian, Slovene in Latin script
    Alphabet {
        letters: "čćšžđ",
        home: 0.02,
    },
    // Serbian and Macedonian in Cyrillic script
    Alphabet {
        letters: "абвгдђежзијклљмнњопрстћуфхцчџшѓќѕ",
        home: 0.02,
    },
    // Bulgarian, Russian, Ukrainian
    Alphabet {
        letters: "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",
        home: 0.0,
    },
    // Hungarian
    Alphabet {
        letters: "áéíóöőúüű",
        home: 0.0,
    },
    // Polish
    Alphabet {
        letters: "ąćęłńóśźż",
        home: 0.0,
    },
    // Czech and Slovak
    Alphabet {
        letters: "áčďéěíňóřšťúůýžäĺľôŕ",
        home: 0.0,
    },
    // German, French, Italian, Spanish, Portuguese
    Alphabet {
        letters: "äöüßàâçèéêëîïôùûœáíóúñìòãõ",
        home: 0.0,
    },
    // Nordic
    Alphabet {
        letters: "åäöæøéü",
        home: 0.0,
    },
];

/// Signs that occur in text of every language.
const SIGNS: &str = "„”“’‘‚–—…«»•°§€№\u{a0}";

impl Alphabet {
    /// Mean score of the characters beyond ASCII.
    fn score(&self, words: &[String]) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for word in words {
            let mut before: Option<char> = None;
            let mut rest = word.chars().peekable();
            while let Some(character) = rest.next() {
                if !character.is_ascii() {
                    sum += self.character(before, character, rest.peek().copied());
                    count += 1;
                }
                before = Some(character);
            }
        }
        self.home + sum / f64::from(count.max(1))
    }

    fn character(&self, before: Option<char>, character: char, after: Option<char>) -> f64 {
        if character.is_control() || character == '\u{fffd}' {
            return -6.0;
        }
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        if !character.is_alphabetic() {
            let own = if SIGNS.contains(character) { 0.5 } else { -0.5 };
            let within = is_letter(before) && is_letter(after) && character != '’';
            return own - if within { 1.0 } else { 0.0 };
        }
        let lower = character.to_lowercase().next().unwrap_or(character);
        let own = if self.letters.contains(lower) {
            1.0
        } else if is_cyrillic(lower) == self.letters.starts_with('а') {
            0.2
        } else {
            -0.5
        };
        let rises = character.is_uppercase() && before.is_some_and(char::is_lowercase);
        let mixed = is_cyrillic(character) && before.is_some_and(|c| c.is_ascii_alphabetic());
        // Capitals are rarer than small letters: of two readings the one with small letters is the likelier.
        let rare = if character.is_uppercase() { 0.1 } else { 0.0 };
        own - rare - if rises || mixed { 1.0 } else { 0.0 }
    }
}

fn is_cyrillic(character: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&character)
}
