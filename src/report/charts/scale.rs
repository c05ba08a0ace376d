//! The value axis: round steps from 0 that cover the data.

/// An axis from 0 (or below, where the data are) with equal round steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub end: f64,
    pub step: f64,
}

impl Scale {
    /// An axis that holds `largest` in about `steps` steps of 1, 2 or 5 times a power of ten; counts have no broken steps.
    pub fn covering(largest: f64, steps: f64) -> Self {
        if largest <= 0.0 {
            return Self { end: 1.0, step: 1.0 };
        }
        let raw = largest / steps;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= raw * (1.0 - 1e-9))
            .unwrap_or(10.0 * power)
            .max(1.0);
        Self {
            end: (largest / step - 1e-9).ceil() * step,
            step,
        }
    }

    /// The marks of the axis, 0 first.
    pub fn marks(&self) -> impl Iterator<Item = f64> {
        let (step, count) = (self.step, (self.end / self.step).round() as u32);
        (0..=count).map(move |mark| f64::from(mark) * step)
    }

    /// Where `value` lies between 0 (0.0) and the end (1.0).
    pub fn share(&self, value: f64) -> f64 {
        value / self.end
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn steps_are_round_and_cover_the_data() {
        for (largest, end, step) in [
            (0.0, 1.0, 1.0),
            (1.0, 1.0, 1.0),
            (3.0, 3.0, 1.0),
            (7.0, 8.0, 2.0),
            (100.0, 100.0, 50.0),
            (1234.0, 1500.0, 500.0),
        ] {
            assert_eq!(Scale::covering(largest, 4.0), Scale { end, step }, "{largest}");
        }
        assert_eq!(
            Scale::covering(1234.0, 4.0).marks().collect::<Vec<_>>(),
            [0.0, 500.0, 1000.0, 1500.0]
        );
    }
}
