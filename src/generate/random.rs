//! The generator's random numbers: SplitMix64 (Steele, Lea and Flood 2014), one short stream for each record.
//!
//! A stream is made from the seed, the source, the position of the record and a purpose, so that any record can be made again without
//! the ones before it. Whole numbers only: nothing depends on the platform's floating point or on the order of work.

/// Stream of random numbers for one purpose.
#[derive(Clone, Debug)]
pub struct Random(u64);

const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// The FNV-1a hash of a name, as part of a stream's key.
pub fn name_key(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

impl Random {
    /// The stream that belongs to the parts of a key.
    pub fn keyed(parts: [u64; 4]) -> Self {
        Random(
            parts
                .into_iter()
                .fold(0, |state, part| mixed(state.wrapping_add(INCREMENT) ^ part)),
        )
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(INCREMENT);
        mixed(self.0)
    }

    /// A number from 0 to `end` - 1; 0 where `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }

    /// Whether an event of this share happens.
    pub fn happens(&mut self, share: Share) -> bool {
        self.below(u64::from(Share::WHOLE)) < u64::from(share.0)
    }

    /// A number of days from a distribution.
    pub fn quantity(&mut self, quantiles: &Quantiles) -> i64 {
        let at = self.below(1000) as i64;
        let part = Quantiles::AT
            .windows(2)
            .position(|ends| at < ends[1])
            .unwrap_or(Quantiles::AT.len() - 2);
        let (from, to) = (Quantiles::AT[part], Quantiles::AT[part + 1]);
        let (least, most) = (quantiles.0[part], quantiles.0[part + 1]);
        least + (most - least) * (at - from) / (to - from)
    }
}

/// A share in parts of a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    const WHOLE: u32 = 1_000_000;

    /// The share from 0 to 1, or nothing if it lies outside.
    pub fn new(share: f64) -> Option<Share> {
        (0.0..=1.0)
            .contains(&share)
            .then(|| Share((share * f64::from(Share::WHOLE)).round() as u32))
    }

    pub fn per_million(self) -> u64 {
        u64::from(self.0)
    }
}

/// A distribution by its least value, 10 % quantile, median, 90 % quantile and greatest value; straight lines between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantiles(pub [i64; 5]);

impl Quantiles {
    const AT: [i64; 5] = [0, 100, 500, 900, 1000];
}

/// Alternatives with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted<T> {
    alternatives: Vec<(u64, T)>,
    total: u64,
}

impl<T: Copy> Weighted<T> {
    /// The alternatives; those of weight 0 are never drawn.
    pub fn new(alternatives: impl IntoIterator<Item = (T, u64)>) -> Self {
        let mut total = 0;
        let add = |(alternative, weight)| {
            total += weight;
            (total, alternative)
        };
        let alternatives = alternatives.into_iter().map(add).collect();
        Weighted { alternatives, total }
    }

    /// One of them, or nothing where all weights are 0.
    pub fn draw(&self, random: &mut Random) -> Option<T> {
        let at = random.below(self.total);
        let position = self.alternatives.partition_point(|(end, _)| *end <= at);
        self.alternatives.get(position).map(|(_, alternative)| *alternative)
    }
}

#[cfg(test)]
mod tests {
    use super::{Quantiles, Random, Share, Weighted};

    #[test]
    fn the_stream_is_splitmix64() {
        // First outputs for the state 1234567, from the algorithm's reference implementation.
        let mut random = Random(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn draws_follow_weights_shares_and_quantiles() {
        let mut random = Random::keyed([1, 2, 3, 4]);
        let weighted = Weighted::new([('a', 3), ('b', 0), ('c', 1)]);
        let drawn: Vec<char> = (0..4000).filter_map(|_| weighted.draw(&mut random)).collect();
        let a = drawn.iter().filter(|letter| **letter == 'a').count();
        assert!((2900..3100).contains(&a) && !drawn.contains(&'b'), "{a}");
        let share = Share::new(0.25).unwrap();
        let hits = (0..4000).filter(|_| random.happens(share)).count();
        assert!((900..1100).contains(&hits), "{hits}");
        let quantiles = Quantiles([0, 10, 50, 200, 400]);
        let mut days: Vec<i64> = (0..4001).map(|_| random.quantity(&quantiles)).collect();
        days.sort_unstable();
        assert!(
            (46..55).contains(&days[2000]) && days[0] >= 0 && days[4000] <= 400,
            "{}",
            days[2000]
        );
    }
}
