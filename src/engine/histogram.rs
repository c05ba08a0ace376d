//! Histograms of whole numbers as values of SQL, and the exact quantiles that come from them.
//!
//! `histogram(x)` counts how often each whole number occurs, as a list of `{value, n}` in the order of the values; of histograms it gives
//! their sum, so that the histogram of a total comes from those of its parts. `histogram_quantile(h, a, b)` is the quantile a/b of the
//! numbers that were counted (type 7 of Hyndman and Fan 1996), in whole numbers until the last division, so that no digit is lost.
//! NULL is not counted; the histogram of nothing is NULL, and so are its quantiles.

use std::mem::size_of;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, not_impl_err, plan_err};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The aggregate function `histogram`.
pub(super) fn histogram() -> AggregateUDF {
    AggregateUDF::new_from_impl(Histogram {
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

/// The function `histogram_quantile`.
pub(super) fn histogram_quantile() -> ScalarUDF {
    let arguments = vec![histogram_type(), DataType::Int64, DataType::Int64];
    ScalarUDF::new_from_impl(HistogramQuantile {
        signature: Signature::exact(arguments, Volatility::Immutable),
    })
}

fn pair_fields() -> Fields {
    let whole = |name: &str| Field::new(name, DataType::Int64, false);
    Fields::from(vec![whole("value"), whole("n")])
}

fn pair_field() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(pair_fields()), false))
}

fn histogram_type() -> DataType {
    DataType::List(pair_field())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Histogram {
    signature: Signature,
}

impl AggregateUDFImpl for Histogram {
    fn name(&self) -> &str {
        "histogram"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, argument_types: &[DataType]) -> Result<Vec<DataType>> {
        match argument_types {
            [data_type] if data_type.is_integer() => Ok(vec![DataType::Int64]),
            [data_type] if *data_type == histogram_type() => Ok(vec![histogram_type()]),
            _ => plan_err!("histogram takes one column of whole numbers, or of histograms"),
        }
    }

    fn return_type(&self, _argument_types: &[DataType]) -> Result<DataType> {
        Ok(histogram_type())
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(Groups::new(&arguments)?)))
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::new(&arguments)?))
    }
}

/// How often each value occurs.
#[derive(Debug, Default)]
struct Counts {
    /// Value and number; the first `settled` of them in order, each value once.
    pairs: Vec<(i64, i64)>,
    settled: usize,
}

impl Counts {
    /// Unsettled pairs that are kept at the least, before they are sorted into the others.
    const SLACK: usize = 32;

    fn add(&mut self, value: i64, n: i64) {
        if self.pairs.len() >= 2 * self.settled.max(Counts::SLACK) {
            self.settle();
        }
        self.pairs.push((value, n));
    }

    /// Puts the pairs in order and each value into one of them.
    fn settle(&mut self) {
        self.pairs.sort_by_key(|&(value, _)| value);
        self.pairs.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        self.settled = self.pairs.len();
    }
}

/// The histograms of the groups of an aggregation.
#[derive(Debug)]
struct Groups {
    counts: Vec<Counts>,
}

impl Groups {
    fn new(arguments: &AccumulatorArgs) -> Result<Groups> {
        if arguments.is_distinct {
            return not_impl_err!("histogram counts every row; DISTINCT has no meaning in it");
        }
        Ok(Groups { counts: Vec::new() })
    }

    fn count_values(&mut self, values: &Int64Array, groups: &[usize], counted: impl Fn(usize) -> bool) {
        for (row, &group) in groups.iter().enumerate() {
            if counted(row) && values.is_valid(row) {
                self.counts[group].add(values.value(row), 1);
            }
        }
    }

    fn add_histograms(&mut self, histograms: &ListArray, groups: &[usize], counted: impl Fn(usize) -> bool) {
        let pairs = Pairs::of(histograms);
        for (row, &group) in groups.iter().enumerate() {
            if counted(row) && histograms.is_valid(row) {
                pairs.row(row).for_each(|(value, n)| self.counts[group].add(value, n));
            }
        }
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.counts.resize_with(total_num_groups, Counts::default);
        let counted = |row: usize| opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        match values {
            [values] if *values.data_type() == DataType::Int64 => {
                self.count_values(values.as_primitive::<Int64Type>(), group_indices, counted);
            }
            [histograms] => self.add_histograms(histograms.as_list::<i32>(), group_indices, counted),
            _ => return exec_err!("histogram takes one column"),
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let mut counts = emit_to.take_needed(&mut self.counts);
        counts.iter_mut().for_each(Counts::settle);
        let offsets = OffsetBuffer::from_lengths(counts.iter().map(|counts| counts.pairs.len()));
        let filled: NullBuffer = counts.iter().map(|counts| !counts.pairs.is_empty()).collect();
        let column = |part: fn(&(i64, i64)) -> i64| -> ArrayRef {
            let pairs = counts.iter().flat_map(|counts| &counts.pairs);
            Arc::new(Int64Array::from_iter_values(pairs.map(part)))
        };
        let pairs = StructArray::try_new(pair_fields(), vec![column(|pair| pair.0), column(|pair| pair.1)], None)?;
        Ok(Arc::new(ListArray::try_new(
            pair_field(),
            offsets,
            Arc::new(pairs),
            Some(filled),
        )?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.update_batch(values, group_indices, None, total_num_groups)
    }

    /// Each row as the histogram of a group of its own.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let mut groups = Groups { counts: Vec::new() };
        groups.update_batch(values, &(0..rows).collect::<Vec<_>>(), opt_filter, rows)?;
        groups.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        let pairs: usize = self.counts.iter().map(|counts| counts.pairs.capacity()).sum();
        pairs * size_of::<(i64, i64)>() + self.counts.capacity() * size_of::<Counts>()
    }
}

/// The histogram of an aggregation without GROUP BY.
#[derive(Debug)]
struct OneGroup(Groups);

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        self.0.update_batch(values, &vec![0; rows], None, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.counts.resize_with(1, Counts::default);
        let histogram = GroupsAccumulator::evaluate(&mut self.0, EmitTo::All)?;
        ScalarValue::try_from_array(&histogram, 0)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }
}

/// The pairs of a column of histograms.
struct Pairs<'a> {
    offsets: &'a [i32],
    values: &'a [i64],
    numbers: &'a [i64],
}

impl<'a> Pairs<'a> {
    fn of(histograms: &'a ListArray) -> Pairs<'a> {
        let pairs = histograms.values().as_struct();
        Pairs {
            offsets: histograms.value_offsets(),
            values: pairs.column(0).as_primitive::<Int64Type>().values(),
            numbers: pairs.column(1).as_primitive::<Int64Type>().values(),
        }
    }

    /// Value and number, in the order of the values.
    fn row(&self, row: usize) -> impl Iterator<Item = (i64, i64)> + Clone + 'a {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        let numbers = self.numbers[range.clone()].iter().copied();
        self.values[range].iter().copied().zip(numbers)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct HistogramQuantile {
    signature: Signature,
}

impl ScalarUDFImpl for HistogramQuantile {
    fn name(&self) -> &'static str {
        "histogram_quantile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _argument_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [histograms, numerators, denominators] = arrays.as_slice() else {
            return exec_err!("histogram_quantile takes a histogram, a numerator and a denominator");
        };
        let filled = NullBuffer::union_many(arrays.iter().map(|array| array.nulls()));
        let pairs = Pairs::of(histograms.as_list::<i32>());
        let (numerators, denominators) = (
            numerators.as_primitive::<Int64Type>(),
            denominators.as_primitive::<Int64Type>(),
        );
        let quantiles = (0..histograms.len()).map(|row| match &filled {
            Some(filled) if filled.is_null(row) => Ok(None),
            _ => quantile(pairs.row(row), numerators.value(row), denominators.value(row)),
        });
        let quantiles: Float64Array = quantiles.collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(quantiles)))
    }
}

/// Quantile numerator/denominator, type 7: it lies at position numerator / denominator x (total - 1) of the numbers in order, counted
/// from 0, interpolated linearly between the numbers on either side. Nothing where nothing was counted.
fn quantile(pairs: impl Iterator<Item = (i64, i64)> + Clone, numerator: i64, denominator: i64) -> Result<Option<f64>> {
    if numerator < 0 || denominator < 1 || numerator > denominator {
        return exec_err!(
            "found the quantile {numerator}/{denominator}, expected one from 0 to 1, such as histogram_quantile(h, 9, 10)"
        );
    }
    let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
    let total: i128 = pairs.clone().map(|(_, n)| i128::from(n)).sum();
    let position = numerator * (total - 1).max(0);
    let (whole, rest) = (position / denominator, position % denominator);
    let Some(low) = number_at(pairs.clone(), whole) else {
        return Ok(None);
    };
    let high = number_at(pairs, whole + 1).filter(|_| rest > 0).unwrap_or(low);
    Ok(Some(
        (denominator * low + (high - low) * rest) as f64 / denominator as f64,
    ))
}

/// The number at a position, counted from 0, of all that were counted in order.
fn number_at(mut pairs: impl Iterator<Item = (i64, i64)>, position: i128) -> Option<i128> {
    let mut up_to = 0;
    let found = pairs.find(|&(_, n)| {
        up_to += i128::from(n);
        up_to > position
    });
    found.map(|(value, _)| i128::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantile of numbers, each counted once.
    fn quantile_of(numbers: &[i64], numerator: i64, denominator: i64) -> Option<f64> {
        let mut counts = Counts::default();
        numbers.iter().for_each(|&number| counts.add(number, 1));
        counts.settle();
        quantile(counts.pairs.iter().copied(), numerator, denominator).unwrap()
    }

    #[test]
    fn quantiles_lie_between_the_numbers_on_either_side() {
        // Position 0.9 x 2 = 1.8: 10 + 0.8 x 354.
        assert_eq!(quantile_of(&[364, 0, 10], 9, 10), Some(293.2));
        assert_eq!(quantile_of(&[364, 0, 10], 1, 2), Some(10.0));
        assert_eq!(quantile_of(&[364, 0, 10, 304], 1, 2), Some(157.0));
        assert_eq!(quantile_of(&[5, 5, 5, 9], 0, 1), Some(5.0));
        assert_eq!(quantile_of(&[5, 5, 5, 9], 1, 1), Some(9.0));
        assert_eq!(quantile_of(&[-7], 9, 10), Some(-7.0));
        assert_eq!(quantile_of(&[], 1, 2), None);
    }

    #[test]
    fn a_quantile_is_a_share() {
        for (numerator, denominator) in [(-1, 2), (3, 2), (1, 0), (1, -2)] {
            let message = quantile([(1, 1)].into_iter(), numerator, denominator)
                .unwrap_err()
                .to_string();
            assert!(message.contains(&format!("{numerator}/{denominator}")), "{message}");
        }
    }

    #[test]
    fn each_value_is_counted_once_however_many_there_are() {
        let mut counts = Counts::default();
        for round in 0..1000 {
            counts.add(round % 100, 1);
            counts.add(7, round);
        }
        counts.settle();
        assert_eq!(counts.pairs.len(), 100);
        assert_eq!(counts.pairs[7], (7, 10 + 999 * 1000 / 2));
        assert!(
            counts
                .pairs
                .iter()
                .enumerate()
                .all(|(at, pair)| pair.0 == at as i64 && (at == 7 || pair.1 == 10))
        );
    }
}
