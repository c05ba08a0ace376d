//! Bounded attempts with exponential back-off and jitter.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::{PullError, Recovery};
use crate::domain::pull::PullLimits;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Tries until it works, can't work, or the limits are reached; then the last error. A server's `Retry-After` is waited for, up to the
/// time that is left.
pub(super) fn retried<T>(
    limits: &PullLimits,
    mut attempt: impl FnMut() -> Result<T, PullError>,
) -> Result<T, PullError> {
    let end = Instant::now() + Duration::from_secs(limits.total_timeout);
    for number in 1.. {
        let error = match attempt() {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let pause = match error.recovery() {
            Recovery::Retry => back_off(number),
            Recovery::RetryAfter(after) => after,
            Recovery::Refused | Recovery::Environment => return Err(error),
        };
        if number == limits.attempts || Instant::now() + pause >= end {
            return Err(error);
        }
        tracing::warn!(attempt = number, wait_ms = pause.as_millis() as u64, error = %error, "trying again");
        sleep(pause);
    }
    unreachable!("the attempts are bounded")
}

/// Between half and the whole of a pause that doubles each time.
fn back_off(attempt: u32) -> Duration {
    let whole = FIRST_PAUSE
        .saturating_mul(1 << (attempt - 1).min(16))
        .min(LONGEST_PAUSE);
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_jitter_up_to_a_minute() {
        for (attempt, longest) in [(1, 500), (2, 1000), (5, 8000), (12, 60_000), (40, 60_000)] {
            for _ in 0..50 {
                let pause = back_off(attempt).as_millis();
                assert!((longest / 2..=longest).contains(&pause), "{attempt}: {pause}");
            }
        }
    }

    #[test]
    fn what_may_pass_is_tried_as_often_as_allowed_and_what_may_not_once() {
        let limits = PullLimits {
            attempts: 3,
            ..PullLimits::default()
        };
        let interrupted = |after| PullError::Interrupted {
            place: "there".to_owned(),
            problem: "closed".to_owned(),
            after,
        };
        let mut tried = 0;
        let result: Result<(), _> = retried(&limits, || {
            tried += 1;
            Err(interrupted(Some(Duration::from_millis(1))))
        });
        assert!(result.is_err());
        assert_eq!(tried, 3);
        let mut tried = 0;
        let result: Result<(), _> = retried(&limits, || {
            tried += 1;
            Err(PullError::TooLarge { limit: 1 })
        });
        assert!(result.is_err());
        assert_eq!(tried, 1);
        let far = retried(&limits, || -> Result<(), _> {
            Err(interrupted(Some(Duration::from_secs(1 << 30))))
        });
        assert!(far.is_err());
    }
}
