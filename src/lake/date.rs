//! Calendar dates as the lake stores them: Arrow `date32`, days since 1970-01-01.

use jiff::SignedDuration;
use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days from 1970-01-01 to `date`, negative before it.
pub fn date_to_days(date: Date) -> i32 {
    // A civil date lies within the years -9999 to 9999, so less than 5 million days away.
    (date.duration_since(EPOCH).as_hours() / 24) as i32
}

/// The date that lies so many days after 1970-01-01; nothing outside of the years -9999 to 9999.
pub fn date_from_days(days: i32) -> Option<Date> {
    EPOCH.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        // 2000-03-01 is day 11017: 30 years of 365 days, 7 leap days before 2000, 31 + 29 days.
        for (date, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("2000-03-01", 11_017)] {
            let date: Date = date.parse().unwrap();
            assert_eq!((date_to_days(date), date_from_days(days)), (days, Some(date)));
        }
        assert_eq!(date_from_days(i32::MAX), None);
    }
}
