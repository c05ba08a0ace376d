//! When records enter, and when Eurojust cases close: years with their counts, laid out as days.
//!
//! A record is known by its position in its block. Its day, and for a case the year of its closing, follow from the position alone, so
//! the counts of the recipe come out exactly at any number of rows. What else a record holds does not belong here.

use std::collections::BTreeMap;

use crate::generate::day::Day;
use crate::generate::random::Random;

/// A block's records by year.
#[derive(Clone, Debug)]
pub struct Series {
    years: Vec<Year>,
}

/// One year of a series.
#[derive(Clone, Debug)]
pub struct Year {
    pub year: i32,
    /// Position of the year's first record.
    pub first: u64,
    pub count: u64,
    starts: Day,
    days: u64,
    cases: CaseYear,
}

/// How the cases of a year close: some within it, the others in the order of opening.
#[derive(Clone, Debug, Default)]
struct CaseYear {
    /// Cases opened and closed within the year.
    short: u64,
    /// Number of lasting cases opened in earlier years.
    lasting_before: u64,
    /// Numbers of the lasting cases that close in the year.
    closes: std::ops::Range<u64>,
}

impl Series {
    /// Lays out `counts` by year between `begins` and `ends`; `carried` says how many are open on 1 January.
    pub fn new(counts: &BTreeMap<i32, u64>, carried: &BTreeMap<i32, u64>, begins: Option<Day>, ends: Day) -> Self {
        let mut years = Vec::new();
        let (mut first, mut opened, mut closed) = (0, 0, 0);
        for (&year, &count) in counts {
            let starts = begins.map_or(Day::first_of(year), |begins| begins.max(Day::first_of(year)));
            let last = Day(Day::first_of(year + 1).0 - 1).min(ends);
            let cases = CaseYear::new(year, count, carried, opened, closed);
            (opened, closed) = (opened + count - cases.short, cases.closes.end);
            let days = u64::try_from(last.0 - starts.0 + 1).unwrap_or(1).max(1);
            years.push(Year {
                year,
                first,
                count,
                starts,
                days,
                cases,
            });
            first += count;
        }
        Series { years }
    }

    /// Number of records.
    pub fn len(&self) -> u64 {
        self.years.last().map_or(0, |year| year.first + year.count)
    }

    /// The year of the record at `position`, and its number within it, from 0.
    pub fn year_of(&self, position: u64) -> (&Year, u64) {
        let part = self
            .years
            .partition_point(|year| year.first + year.count <= position)
            .min(self.years.len() - 1);
        (&self.years[part], position - self.years[part].first)
    }

    /// The given calendar year, if it has records.
    pub fn year(&self, year: i32) -> Option<&Year> {
        self.years.iter().find(|part| part.year == year && part.count > 0)
    }

    /// The working day on which the record enters.
    pub fn day(&self, position: u64, random: &mut Random) -> Day {
        let (year, number) = self.year_of(position);
        // Evenly spread, each record somewhere in its own stretch of the year.
        let within = (u128::from(number) * 1024 + u128::from(random.below(1024))) * u128::from(year.days);
        let offset = (within / (1024 * u128::from(year.count))) as i64;
        year.starts.plus(offset).working().max(year.starts)
    }

    /// The day on which a case closes, if it does within the years of the series.
    pub fn closing(&self, position: u64, opened: Day, random: &mut Random) -> Option<Day> {
        let (year, number) = self.year_of(position);
        let short_before = number * year.cases.short / year.count;
        if (number + 1) * year.cases.short / year.count > short_before {
            let left = Day::first_of(year.year + 1).0 - 1 - opened.0;
            return Some(opened.plus(random.below(left.clamp(0, 180) as u64 + 1) as i64));
        }
        let lasting = year.cases.lasting_before + number - short_before;
        let closing = self.years.iter().find(|year| year.cases.closes.contains(&lasting))?;
        let span = (Day::first_of(closing.year + 1).0 - Day::first_of(closing.year).0) as u64;
        Some(Day::first_of(closing.year).plus(random.below(span) as i64).working())
    }
}

impl CaseYear {
    fn new(year: i32, count: u64, carried: &BTreeMap<i32, u64>, opened: u64, closed: u64) -> Self {
        let Some(next) = carried.get(&(year + 1)) else {
            return CaseYear {
                short: 0,
                lasting_before: opened,
                closes: closed..closed,
            };
        };
        let open = opened - closed;
        let closing = (open + count).saturating_sub(*next);
        let short = (count * 35 / 100).clamp(closing.saturating_sub(open), closing.min(count));
        CaseYear {
            short,
            lasting_before: opened,
            closes: closed..closed + closing - short,
        }
    }
}

/// The counts of `years` times `rows` over their sum, such that they add up to `rows`.
pub fn scaled(years: &BTreeMap<i32, u64>, rows: u64, total: u64) -> BTreeMap<i32, u64> {
    let (mut before, mut scaled_before) = (0_u128, 0_u128);
    let scale = |(year, count): (&i32, &u64)| {
        before += u128::from(*count);
        let upto = before * u128::from(rows) / u128::from(total.max(1));
        let count = (upto - scaled_before) as u64;
        scaled_before = upto;
        (*year, count)
    };
    years.iter().map(scale).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Series, scaled};
    use crate::generate::day::Day;
    use crate::generate::random::Random;

    #[test]
    fn counts_by_year_and_cases_carried_over_come_out_exactly() {
        let counts = BTreeMap::from([(2019, 150), (2020, 180), (2021, 197), (2022, 210)]);
        let carried = BTreeMap::from([(2020, 90), (2021, 152), (2022, 170)]);
        let series = Series::new(&counts, &carried, None, Day::first_of(2023));
        let mut by_year = BTreeMap::<i32, u64>::new();
        let mut open = BTreeMap::<i32, u64>::new();
        for position in 0..series.len() {
            let mut random = Random::keyed([7, 0, 0, position]);
            let opened = series.day(position, &mut random);
            let closed = series.closing(position, opened, &mut random);
            assert!(closed.is_none_or(|closed| closed >= opened));
            *by_year.entry(opened.year()).or_default() += 1;
            for year in 2020..=2022 {
                let new_year = Day::first_of(year);
                if opened < new_year && closed.is_none_or(|closed| closed >= new_year) {
                    *open.entry(year).or_default() += 1;
                }
            }
        }
        assert_eq!((by_year, open), (counts, carried));
    }

    #[test]
    fn scaled_counts_add_up() {
        let years = BTreeMap::from([(2019, 3), (2020, 5), (2021, 4)]);
        let scaled = scaled(&years, 1_000_001, 12);
        assert_eq!(scaled.values().sum::<u64>(), 1_000_001);
        assert_eq!(scaled[&2020] / 100_000, 4);
    }
}
