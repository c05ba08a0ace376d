//! The text alternative of a chart: what a reader who does not see the picture needs to know, in a few sentences.

use super::data::{Chart, Point, Series};
use crate::domain::report::ChartKind;

const NO_DATA: &str = "There are no data to show.";

impl Chart {
    /// The chart in words, made from its data: extent, first and last, largest and smallest.
    pub fn alternative(&self) -> String {
        let drawn = self.categories.iter().flat_map(|category| &category.points);
        if drawn.filter_map(|point| point.number()).next().is_none() {
            return NO_DATA.to_owned();
        }
        match self.kind {
            ChartKind::Flows => self.flows_in_words(),
            ChartKind::Bars => self.bars_in_words(),
            ChartKind::Heatmap => self.grid_in_words(),
        }
    }

    fn flows_in_words(&self) -> String {
        let extent = match self.categories.as_slice() {
            [only] => format!("Figures for {}.", only.label),
            [first, .., last] => format!("Figures for {} to {}.", first.label, last.label),
            [] => String::new(),
        };
        let series = self
            .series
            .iter()
            .enumerate()
            .filter_map(|(index, series)| self.series_in_words(index, series));
        std::iter::once(extent).chain(series).collect::<Vec<_>>().join(" ")
    }

    /// First, last and largest number of one series.
    fn series_in_words(&self, index: usize, series: &Series) -> Option<String> {
        let numbers: Vec<(&str, f64)> = self
            .categories
            .iter()
            .filter_map(|category| Some((category.label.as_str(), category.points[index].number()?)))
            .collect();
        let ((first_label, first), (last_label, last)) = (numbers.first()?, numbers.last()?);
        let printed = |number: f64| self.printed(index, number);
        if numbers.len() == 1 {
            return Some(format!("{}: {} in {first_label}.", series.label, printed(*first)));
        }
        let (label, largest) = first_largest(&numbers)?;
        Some(format!(
            "{}: {} in {first_label}, {} in {last_label}; largest {} in {label}.",
            series.label,
            printed(*first),
            printed(*last),
            printed(largest)
        ))
    }

    fn bars_in_words(&self) -> String {
        let own = self.categories.iter().filter(|category| !category.other);
        let numbers: Vec<(&str, f64)> = own
            .filter_map(|category| Some((category.label.as_str(), category.points[0].number()?)))
            .collect();
        let others = self.categories.iter().filter(|category| category.other);
        let others = others.filter_map(|other| {
            Some(format!(
                "{}: {}.",
                other.label,
                self.printed(0, other.points[0].number()?)
            ))
        });
        let mut sentences = match (first_largest(&numbers), numbers.last()) {
            (Some((label, largest)), Some(_)) if numbers.len() == 1 => {
                vec![format!("One bar. {label}: {}.", self.printed(0, largest))]
            }
            (Some((label, largest)), Some((last_label, last))) => vec![
                format!("{} bars.", numbers.len()),
                format!("Largest: {label}, {}.", self.printed(0, largest)),
                format!("Last: {last_label}, {}.", self.printed(0, *last)),
            ],
            _ => Vec::new(),
        };
        sentences.extend(others);
        sentences.join(" ")
    }

    fn grid_in_words(&self) -> String {
        let mut numbers: Vec<(String, usize, f64)> = Vec::new();
        for category in &self.categories {
            for (index, (series, point)) in self.series.iter().zip(&category.points).enumerate() {
                if let Some(number) = point.number() {
                    numbers.push((format!("{}, {}", category.label, series.label), index, number));
                }
            }
        }
        let place = |compare: fn(f64, f64) -> bool| {
            numbers
                .iter()
                .fold(None, |best: Option<&(String, usize, f64)>, next| match best {
                    Some(best) if !compare(next.2, best.2) => Some(best),
                    _ => Some(next),
                })
        };
        let described =
            |(label, series, number): &(String, usize, f64)| format!("{} ({label})", self.printed(*series, *number));
        let lowest = place(|next, best| next < best).map(described).unwrap_or_default();
        let highest = place(|next, best| next > best).map(described).unwrap_or_default();
        let points: Vec<&Point> = self.categories.iter().flat_map(|category| &category.points).collect();
        let few = points
            .iter()
            .filter(|point| point.number().is_some() && self.rests_on_few(***point))
            .count();
        let mut text = format!(
            "Grid of {} by {}; {} of {} cells have a figure.",
            counted(self.categories.len(), "row", "rows"),
            counted(self.series.len(), "column", "columns"),
            numbers.len(),
            points.len(),
        );
        text += &format!(" Lowest {lowest}, highest {highest}.");
        if few > 0 {
            text += &format!(
                " In brackets: {} on fewer than {} observations.",
                counted(few, "figure", "figures"),
                self.few
            );
        }
        text
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The largest number; the first of equals.
fn first_largest<'a>(numbers: &[(&'a str, f64)]) -> Option<(&'a str, f64)> {
    numbers
        .iter()
        .copied()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}
