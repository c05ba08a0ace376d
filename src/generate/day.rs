//! Days as plain numbers: what the generator counts with, and writes by a date pattern.
//!
//! A [`Day`] is the number of days since 1 January 1970 in the Gregorian calendar. Reading of dates does not belong here.

use jiff::civil::Date;

use crate::domain::date_pattern::{DatePattern, Token};

/// Days since 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i32);

/// Year, month and day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i32,
    pub month: u8,
    pub day: u8,
}

impl Day {
    /// The day with this number in the calendar.
    pub fn of(civil: Civil) -> Day {
        let year = civil.year - i32::from(civil.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (i32::from(civil.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i32::from(civil.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day(era * 146_097 + day_of_era - 719_468)
    }

    /// 1 January of a year.
    pub fn first_of(year: i32) -> Day {
        Day::of(Civil { year, month: 1, day: 1 })
    }

    pub fn civil(self) -> Civil {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * month + 2) / 5 + 1) as u8;
        let month = (if month < 10 { month + 3 } else { month - 9 }) as u8;
        Civil {
            year: year_of_era + era * 400 + i32::from(month <= 2),
            month,
            day,
        }
    }

    pub fn year(self) -> i32 {
        self.civil().year
    }

    pub fn plus(self, days: i64) -> Day {
        Day(self.0.saturating_add(i32::try_from(days).unwrap_or(i32::MAX)))
    }

    /// The nearest working day of the same year: Friday for a weekend, and never the first two days of January.
    pub fn working(self) -> Day {
        let weekday = |day: Day| (day.0 + 3).rem_euclid(7);
        let weekend = (weekday(self) - 4).max(0);
        let day = Day(self.0 - weekend);
        let civil = self.civil();
        if civil.month > 1 || civil.day > 4 {
            return day;
        }
        let first = Day::first_of(civil.year);
        if day.0 >= first.0 + 2 {
            return day;
        }
        // Days from 3 January to the next Monday, where that is no working day.
        let third = Day(first.0 + 2);
        Day(third.0 + [0, 0, 0, 0, 0, 2, 1][weekday(third) as usize])
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        Day::of(Civil {
            year: i32::from(date.year()),
            month: date.month() as u8,
            day: date.day() as u8,
        })
    }
}

/// A date as it is written: perhaps one that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenDate {
    pub civil: Civil,
    /// Seconds since midnight, for patterns with a time.
    pub seconds: u32,
    pub short_year: bool,
}

impl WrittenDate {
    /// Appends the date as the pattern has it; months by name are taken from `months`.
    pub fn write(self, pattern: &DatePattern, months: &[String], text: &mut String) {
        let DatePattern::Tokens(tokens) = pattern else {
            let serial = Day::of(self.civil).0 + SERIAL_OF_1970;
            number(text, serial as u32, 1);
            return;
        };
        for token in tokens {
            self.write_token(token, months, text);
        }
    }

    fn write_token(self, token: &Token, months: &[String], text: &mut String) {
        match token {
            Token::Day { digits } => number(text, u32::from(self.civil.day), *digits),
            Token::Month { digits } => number(text, u32::from(self.civil.month), *digits),
            Token::MonthName => text.push_str(&months[usize::from(self.civil.month) - 1]),
            Token::Year if self.short_year => number(text, (self.civil.year % 100) as u32, 2),
            Token::Year => number(text, self.civil.year as u32, 4),
            Token::ShortYear => number(text, (self.civil.year % 100) as u32, 2),
            Token::Hour => number(text, self.seconds / 3600, 2),
            Token::Minute => number(text, self.seconds / 60 % 60, 2),
            Token::Second => number(text, self.seconds % 60, 2),
            Token::Zone => text.push_str(if (4..=10).contains(&self.civil.month) {
                "+03:00"
            } else {
                "+02:00"
            }),
            Token::Literal(literal) => text.push(*literal),
        }
    }
}

/// The spreadsheet day number of 1 January 1970.
pub const SERIAL_OF_1970: i32 = 25_569;

/// Appends a number with at least `digits` digits.
pub fn number(text: &mut String, number: u32, digits: usize) {
    let mut written = [0; 10];
    let mut rest = number;
    let mut start = written.len();
    while rest > 0 || written.len() - start < digits.clamp(1, written.len()) {
        start -= 1;
        written[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.extend(written[start..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Civil, Day, WrittenDate};
    use crate::domain::date_pattern::DatePattern;

    #[test]
    fn days_and_calendar_agree_with_jiff() {
        let first = Date::constant(1970, 1, 1);
        for number in (-30_000..40_000).step_by(7) {
            let expected = first.checked_add(jiff::Span::new().days(number)).unwrap();
            let day = Day(number);
            let civil = day.civil();
            assert_eq!(
                (civil.year, civil.month as i8, civil.day as i8),
                (i32::from(expected.year()), expected.month(), expected.day())
            );
            assert_eq!((Day::of(civil), Day::from(expected)), (day, day));
        }
    }

    #[test]
    fn weekends_move_within_their_year() {
        let working = |date: Date| Day::from(date).working();
        assert_eq!(working(date(2022, 1, 1)), Day::from(date(2022, 1, 3)));
        assert_eq!(working(date(2021, 3, 14)), Day::from(date(2021, 3, 12)));
        assert_eq!(working(date(2021, 3, 10)), Day::from(date(2021, 3, 10)));
        assert_eq!(working(date(2021, 1, 1)), Day::from(date(2021, 1, 4)));
        assert_eq!(working(date(2026, 1, 4)), Day::from(date(2026, 1, 5)));
    }

    #[test]
    fn a_date_is_written_by_its_pattern() {
        let written = WrittenDate {
            civil: Civil {
                year: 2023,
                month: 2,
                day: 9,
            },
            seconds: 3661,
            short_year: false,
        };
        let months: Vec<String> = (1..=12).map(|month| format!("luna{month}")).collect();
        let cases = [
            ("dd.mm.yyyy", "09.02.2023"),
            ("d.m.yyyy.", "9.2.2023."),
            ("d month yyyy", "9 luna2 2023"),
            ("yyyy-mm-ddTHH:MM:SSzone", "2023-02-09T01:01:01+02:00"),
            ("excel-serial", "44966"),
        ];
        for (pattern, expected) in cases {
            let mut text = String::new();
            written.write(&DatePattern::new(pattern).unwrap(), &months, &mut text);
            assert_eq!(text, expected, "{pattern}");
        }
    }
}
