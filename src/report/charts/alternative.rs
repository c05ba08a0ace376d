//! The text alternative of a chart: what a reader who does not see the picture needs to know, in a few sentences.

use super::data::{Category, Chart, Point};
use super::lines;
use crate::domain::report::ChartKind;
use crate::domain::table::Value;

const NO_DATA: &str = "There are no data to show.";
/// Bars with several columns are told row by row up to so many rows, else column by column.
const MOST_ROWS_TOLD: usize = 4;

impl Chart {
    /// The chart in words, made from its data: what the axis shows, extent, first and last, largest and smallest.
    pub fn alternative(&self) -> String {
        if !self.has_numbers() {
            return NO_DATA.to_owned();
        }
        let told = match self.kind {
            ChartKind::Flows => self.flows_in_words(),
            ChartKind::Bars if self.series.len() > 1 => self.grouped_bars_in_words(),
            ChartKind::Bars => self.bars_in_words(),
            ChartKind::Heatmap => self.grid_in_words(),
            ChartKind::Range => self.ranges_in_words(),
            ChartKind::Lines => self.lines_in_words(),
        };
        let told = told + &self.missing_in_words();
        match self.axis.is_empty() {
            true => told,
            false => format!("{}. {told}", self.axis),
        }
    }

    /// How many figures are missing; nothing where none is, and for a grid, which says how many there are.
    fn missing_in_words(&self) -> String {
        let missing = self.points().filter(|point| point.number().is_none()).count();
        match self.kind {
            ChartKind::Heatmap => String::new(),
            _ if missing == 0 => String::new(),
            _ => format!(" Without a figure: {missing} of {}.", self.points().count()),
        }
    }

    fn flows_in_words(&self) -> String {
        let labels: Vec<&str> = self.categories.iter().map(|category| category.label.as_str()).collect();
        let series = self.series.iter().enumerate().filter_map(|(index, series)| {
            let numbers = self.numbers_of(index);
            course_in_words(&series.label, &numbers, |number| self.printed(index, number))
        });
        std::iter::once(extent("Figures for", &labels))
            .chain(series)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The numbers of a column, with the labels of their rows.
    fn numbers_of(&self, series: usize) -> Vec<(&str, f64)> {
        let rows = self.categories.iter();
        rows.filter_map(|category| Some((category.label.as_str(), category.points[series].number()?)))
            .collect()
    }

    /// The numbers of a row, with the labels of their columns.
    fn numbers_along<'a>(&'a self, category: &Category) -> Vec<(&'a str, f64)> {
        let points = self.series.iter().zip(&category.points);
        points
            .filter_map(|(series, point)| Some((series.label.as_str(), point.number()?)))
            .collect()
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
        let mut sentences = match (largest(&numbers), numbers.last()) {
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

    /// Every figure where the rows are few, else the largest of each column.
    fn grouped_bars_in_words(&self) -> String {
        let bars = match self.stacked {
            true => "stacked bars",
            false => "groups of bars",
        };
        let mut sentences = vec![format!("{} {bars}.", self.categories.len())];
        if self.categories.len() <= MOST_ROWS_TOLD {
            sentences.extend(self.categories.iter().map(|category| self.row_in_words(category)));
        } else {
            let largest = self.series.iter().enumerate().filter_map(|(index, series)| {
                let (label, largest) = largest(&self.numbers_of(index))?;
                Some(format!(
                    "{}: largest {} ({label}).",
                    series.label,
                    self.printed(index, largest)
                ))
            });
            sentences.extend(largest);
        }
        sentences.join(" ")
    }

    fn row_in_words(&self, category: &Category) -> String {
        let points = self.series.iter().zip(&category.points).enumerate();
        let figures = points.map(|(index, (series, point))| match point.value {
            Value::Number(number) => format!("{} {}", series.label, self.printed(index, number)),
            missing @ Value::Missing(_) => format!("{} {}", series.label, self.numbers.value(missing, 0)),
        });
        format!("{}: {}.", category.label, figures.collect::<Vec<_>>().join(", "))
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
        let places: Vec<(usize, f64)> = numbers.iter().map(|(_, _, number)| *number).enumerate().collect();
        let described = |place: Option<(usize, f64)>| {
            place.map_or_else(String::new, |(place, _)| {
                let (label, series, number) = &numbers[place];
                format!("{} ({label})", self.printed(*series, *number))
            })
        };
        format!(
            "Grid of {} by {}; {} of {} cells have a figure. Lowest {}, highest {}.{}",
            counted(self.categories.len(), "row", "rows"),
            counted(self.series.len(), "column", "columns"),
            numbers.len(),
            self.points().count(),
            described(smallest(&places)),
            described(largest(&places)),
            self.few_in_words(),
        )
    }

    /// How many figures rest on few observations; nothing where none does.
    fn few_in_words(&self) -> String {
        let is_few = |point: &&Point| point.number().is_some() && self.rests_on_few(**point);
        match self.points().filter(is_few).count() {
            0 => String::new(),
            few => format!(
                " In brackets: {} on fewer than {} observations.",
                counted(few, "figure", "figures"),
                self.few
            ),
        }
    }

    /// The rows with the smallest and the largest median, and the one with the largest upper quantile.
    fn ranges_in_words(&self) -> String {
        let [low, median, high] = [0, 1, 2].map(|series| self.series[series].label.as_str());
        let mut text = format!(
            "{} from {low} to {high}, with {median}.",
            counted(self.categories.len(), "range", "ranges")
        );
        for (series, name, of) in [
            (1, "Lowest", smallest as Extreme<usize>),
            (1, "Highest", largest as Extreme<usize>),
            (2, "Highest", largest as Extreme<usize>),
        ] {
            let rows = self.categories.iter().enumerate();
            let numbers: Vec<(usize, f64)> = rows
                .filter_map(|(row, category)| Some((row, category.points[series].number()?)))
                .collect();
            if let Some((row, number)) = of(&numbers) {
                let (number, label) = (self.printed(series, number), &self.categories[row].label);
                text += &format!(" {name} {}: {number} ({label}).", self.series[series].label);
            }
        }
        text + &self.few_in_words()
    }

    /// The course of each line that stands out, and the highest figure among the others.
    fn lines_in_words(&self) -> String {
        let labels: Vec<&str> = self.series.iter().map(|series| series.label.as_str()).collect();
        let lines = counted(self.categories.len(), "line", "lines");
        let mut sentences = vec![extent(&format!("{lines}, figures for"), &labels)];
        let (loud, quiet): (Vec<&Category>, Vec<&Category>) =
            self.categories.iter().partition(|category| category.emphasised);
        sentences.extend(loud.into_iter().filter_map(|category| self.line_in_words(category)));
        match self.categories.len() <= lines::MOST_NAMED {
            true => sentences.extend(quiet.into_iter().filter_map(|category| self.line_in_words(category))),
            false => sentences.extend(self.others_in_words(&quiet)),
        }
        sentences.join(" ")
    }

    fn line_in_words(&self, category: &Category) -> Option<String> {
        let numbers = self.numbers_along(category);
        course_in_words(&category.label, &numbers, |number| self.printed(0, number))
    }

    fn others_in_words(&self, others: &[&Category]) -> Option<String> {
        let highest = others.iter().filter_map(|category| {
            let (column, number) = largest(&self.numbers_along(category))?;
            Some(((category.label.as_str(), column), number))
        });
        let ((line, column), number) = largest(&highest.collect::<Vec<_>>())?;
        let number = self.printed(0, number);
        Some(format!(
            "{} others in grey; the highest figure among them is {number} ({line}, {column}).",
            others.len()
        ))
    }
}

/// Takes one of several labelled numbers.
type Extreme<Label> = fn(&[(Label, f64)]) -> Option<(Label, f64)>;

/// From where to where the figures go.
fn extent(figures: &str, labels: &[&str]) -> String {
    match labels {
        [only] => format!("{figures} {only}."),
        [first, .., last] => format!("{figures} {first} to {last}."),
        [] => String::new(),
    }
}

/// First, last and largest of a sequence of numbers.
fn course_in_words(label: &str, numbers: &[(&str, f64)], printed: impl Fn(f64) -> String) -> Option<String> {
    let ((first_label, first), (last_label, last)) = (numbers.first()?, numbers.last()?);
    if numbers.len() == 1 {
        return Some(format!("{label}: {} in {first_label}.", printed(*first)));
    }
    let (largest_label, largest) = largest(numbers)?;
    Some(format!(
        "{label}: {} in {first_label}, {} in {last_label}; largest {} in {largest_label}.",
        printed(*first),
        printed(*last),
        printed(largest)
    ))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The largest number; the first of equals.
fn largest<Label: Copy>(numbers: &[(Label, f64)]) -> Option<(Label, f64)> {
    let numbers = numbers.iter().copied();
    numbers.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The smallest number; the first of equals.
fn smallest<Label: Copy>(numbers: &[(Label, f64)]) -> Option<(Label, f64)> {
    let numbers = numbers.iter().copied();
    numbers.reduce(|best, next| if next.1 < best.1 { next } else { best })
}
