//! Folding: the normal form in which spellings are compared.
//!
//! Two texts are the same spelling when they fold alike: case, diacritics, comma or cedilla below, punctuation and white space
//! make no difference. Scripts are not transliterated. A folded text is for comparison only and is never shown.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The folded form of `text`: words of lower-case letters and digits, separated by single spaces.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for character in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if !character.is_alphanumeric() {
            gap = !folded.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            folded.push(' ');
        }
        match undecomposed(character) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    folded
}

/// Letters with a stroke or ligature, which Unicode does not decompose.
fn undecomposed(character: char) -> Option<&'static str> {
    Some(match character {
        'đ' => "dj",
        'ł' => "l",
        'ø' => "o",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        'ð' => "d",
        'þ' => "th",
        _ => return None,
    })
}

/// Less alike than this is not worth naming.
const ALIKE: f64 = 0.7;

/// The candidates nearest to `text` by folded similarity, best first, at most `most`; none that has nothing in common.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let wanted = fold(text);
    best(
        candidates
            .into_iter()
            .map(|candidate| (strsim::jaro_winkler(&wanted, &fold(candidate)), candidate)),
        most,
    )
}

/// The same among texts that are folded already.
pub fn nearest_folded<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    best(
        candidates
            .into_iter()
            .map(|candidate| (strsim::jaro_winkler(wanted, candidate), candidate)),
        most,
    )
}

fn best<'a>(scored: impl Iterator<Item = (f64, &'a str)>, most: usize) -> Vec<&'a str> {
    let mut alike: Vec<(f64, &str)> = scored.filter(|(score, _)| *score >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.dedup_by(|a, b| a.1 == b.1);
    alike.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::{fold, nearest};

    #[test]
    fn spellings_that_agencies_mix_fold_alike() {
        let cases = [
            ("Republica Moldova", "REPUBLICA  MOLDOVA", "republica moldova"),
            ("Elveţia", "Elveția", "elvetia"),
            ("ţară ŞI", "țară și", "tara si"),
            ("Bosna i Hercegovina", " bosna-i-hercegovina ", "bosna i hercegovina"),
            ("Đorđe", "djordje", "djordje"),
            ("Србија", "СРБИЈА", "србија"),
            ("Österreich", "o\u{308}sterreich", "osterreich"),
            ("Türkiye", "TÜRKİYE", "turkiye"),
        ];
        for (one, other, folded) in cases {
            assert_eq!((fold(one), fold(other)), (folded.to_owned(), folded.to_owned()));
        }
    }

    #[test]
    fn nearest_names_the_likely_candidate_first_and_nothing_far_fetched() {
        assert_eq!(
            nearest("delimter", ["encoding", "delimiter", "sheet"], 1),
            ["delimiter"]
        );
        assert!(nearest("zzz", ["encoding"], 3).is_empty());
    }
}
