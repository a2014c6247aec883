//! Range of numbers, mapped from the unit interval: samplers draw u in [0, 1], a range converts u to a number.
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Numbers from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Minimum.
    pub low: f64,
    /// Maximum.
    pub high: f64,
    /// True for a logarithmic range: equal ratios are equally likely, rather than equal differences.
    pub log: bool,
    /// Restricts the numbers to low, low + step, low + 2·step …
    pub step: Option<f64>,
    /// True for whole numbers only.
    pub whole: bool,
}

impl Range {
    /// Reads `{ low, high, log?, step? }` at the option `path`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the faulty option.
    pub fn from_json(path: &str, json: &Value, whole: bool) -> Result<Self> {
        let fields = JsonReader::within(path, json, ["low", "high", "log", "step"])?;
        let kind = if whole { "a whole number" } else { "a number" };
        let is_kind = |number: f64| number.is_finite() && (!whole || number.fract() == 0.0);
        let needed = |name: &str, expected: &str, is_allowed: &dyn Fn(f64) -> bool| {
            let number = fields.number(name, expected, |number| is_kind(number) && is_allowed(number))?;
            number.ok_or_else(|| fields.refuse(name, expected))
        };
        let log = fields.read("log", "true or false", |_: &bool| true)?.unwrap_or(false);
        let low = if log {
            needed("low", &format!("{kind} above 0, as the range is logarithmic"), &|low| low > 0.0)?
        } else {
            needed("low", kind, &|_| true)?
        };
        let high = needed("high", &format!("{kind} above {low}"), &|high| high > low)?;
        let expected = format!("{kind} above 0 and up to {}", high - low);
        let is_step = |step: f64| is_kind(step) && step > 0.0 && steps_between(low, high, step) >= 1.0;
        let step = fields.number("step", &expected, is_step)?;
        if log && step.is_some() {
            return Err(fields.refuse("step", "nothing, as a logarithmic range has no even steps"));
        }
        let range = Self { low, high, log, step: step.or((whole && !log).then_some(1.0)), whole };
        // Largest number that a step reaches.
        Ok(Self {
            high: range.step.map_or(high, |step| round_step(low + (range.steps(step) - 1.0) * step, step)),
            ..range
        })
    }

    /// Range in the form that [`Range::from_json`] reads.
    pub fn to_json(&self) -> Value {
        let number = |number: f64| if self.whole { json!(number as i64) } else { json!(number) };
        let mut json = json!({ "low": number(self.low), "high": number(self.high) });
        if self.log {
            json["log"] = json!(true);
        }
        if let Some(step) = self.step {
            json["step"] = number(step);
        }
        json
    }

    /// True if the range contains this number.
    pub fn contains(&self, number: f64) -> bool {
        let on_step = self.step.is_none_or(|step| {
            let k = (number - self.low) / step;
            (k - k.round()).abs() < 1e-8
        });
        (self.low..=self.high).contains(&number) && (!self.whole || number.fract() == 0.0) && on_step
    }

    /// Maps u in [0, 1] to a number. Steps and whole numbers have equal shares of the interval (whole numbers of a
    /// logarithmic range, the share of ½ on either side); other numbers are rounded for readability.
    pub fn at(&self, u: f64) -> Value {
        let number = match (self.step, self.log) {
            (Some(step), _) => {
                let steps = self.steps(step);
                let k = (u * steps).floor().min(steps - 1.0);
                round_step(self.low + k * step, step)
            }
            (None, true) => {
                let (low, high) = self.ends();
                let number = (low + u * (high - low)).exp();
                if self.whole { number.round() } else { round_to(6, number, number) }
            }
            (None, false) => round_to(6, self.low + u * (self.high - self.low), self.high - self.low),
        };
        let number = number.clamp(self.low, self.high);
        if self.whole { json!(number as i64) } else { json!(number) }
    }

    /// Position of a number in the unit interval: the middle of the interval that [`Range::at`] maps to it.
    pub fn position(&self, number: f64) -> f64 {
        match (self.step, self.log) {
            (Some(step), _) => (((number - self.low) / step).round() + 0.5) / self.steps(step),
            (None, true) => {
                let (low, high) = self.ends();
                (number.ln() - low) / (high - low)
            }
            (None, false) => (number - self.low) / (self.high - self.low),
        }
    }

    /// Number of values that steps give the range.
    fn steps(&self, step: f64) -> f64 {
        steps_between(self.low, self.high, step) + 1.0
    }

    /// Ends of the range on the logarithmic scale; whole numbers extend ½ further, so that the first and last are
    /// equally likely.
    fn ends(&self) -> (f64, f64) {
        let more = if self.whole { 0.5 } else { 0.0 };
        ((self.low - more).ln(), (self.high + more).ln())
    }
}

/// Whole steps from low to high. The small addition is for 0.3 = 3·0.1, which floats miss.
fn steps_between(low: f64, high: f64, step: f64) -> f64 {
    ((high - low) / step + 1e-9).floor()
}

/// Rounds a number of the form low + k·step, which turns 3·0.1 into 0.3. Twelve digits leave less than [`steps_between`]
/// adds, so that a range that ends at a rounded number is read as the same range.
fn round_step(number: f64, step: f64) -> f64 {
    round_to(12, number, step)
}

/// Rounds to this many significant digits at the scale of `size`: with six, 0.0031622776… becomes 0.00316228. This is
/// readable, and removes differences in the last bit of a logarithm.
fn round_to(digits: u32, number: f64, size: f64) -> f64 {
    let digits = f64::from(digits - 1) - size.abs().log10().floor();
    // Powers of ten up to 10²² are exact, so the quotient is the float nearest to the decimal number.
    if (0.0..=22.0).contains(&digits) {
        let scale = 10f64.powi(digits as i32);
        (number * scale).round() / scale
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(json: Value, whole: bool) -> Range {
        Range::from_json("vary.x", &json, whole).unwrap()
    }

    /// Numbers of the range on a fine grid over the unit interval.
    fn drawn(range: Range) -> Vec<f64> {
        (0..=1000).map(|k| range.at(f64::from(k) / 1000.0).as_f64().unwrap()).collect()
    }

    #[test]
    fn numbers_stay_within_the_bounds_and_reach_them() {
        let cases = [
            (json!({ "low": -1, "high": 2.5 }), false),
            (json!({ "low": 1e-4, "high": 1e-2, "log": true }), false),
            (json!({ "low": 0, "high": 0.3, "step": 0.1 }), false),
            (json!({ "low": 2, "high": 32 }), true),
            (json!({ "low": 2, "high": 32, "step": 2 }), true),
            (json!({ "low": 1, "high": 500, "log": true }), true),
        ];
        for (json, whole) in cases {
            let range = range(json, whole);
            let numbers = drawn(range);
            assert!(numbers.iter().all(|&number| range.contains(number)), "{range:?}");
            assert_eq!((numbers[0], numbers[1000]), (range.low, range.high), "{range:?}");
        }
    }

    #[test]
    fn a_step_that_does_not_reach_the_end_stops_before_it() {
        let range = range(json!({ "low": 0, "high": 1, "step": 0.3 }), false);
        let mut numbers = drawn(range);
        numbers.dedup();
        assert_eq!(numbers, [0.0, 0.3, 0.6, 0.9]);
        assert_eq!(range.high, 0.9);
    }

    /// The last step of 0.1234563 below 1 is 0.9876504: with six digits it was written as 0.98765, where only seven
    /// steps of eight are read.
    #[test]
    fn a_range_is_read_as_it_is_written() {
        for high in 1..200 {
            for step in [0.1, 0.3, 0.1234563, 0.1234567, 1.0 / 3.0, 0.7, 2.0, 1e-3] {
                let high = f64::from(high) / 10.0;
                if step > high {
                    continue;
                }
                for low in [0.0, -0.1, 0.05] {
                    let once = range(json!({ "low": low, "high": low + high, "step": step }), false);
                    assert_eq!(range(once.to_json(), false), once);
                    assert!(once.contains(once.at(1.0).as_f64().unwrap()), "{once:?}");
                }
            }
        }
    }

    #[test]
    fn a_logarithmic_range_gives_each_decade_its_share() {
        let range = range(json!({ "low": 1e-4, "high": 1e-2, "log": true }), false);
        // 10⁻³ is the middle between 10⁻⁴ and 10⁻², and 10^−2.5 = 0.0031622776… the middle of the upper half.
        assert_eq!(range.at(0.5), json!(0.001));
        assert_eq!(range.at(0.75), json!(0.00316228));
    }

    #[test]
    fn whole_numbers_have_equal_shares() {
        let mut counts = [0; 3];
        for number in drawn(range(json!({ "low": 5, "high": 7 }), true)) {
            counts[number as usize - 5] += 1;
        }
        assert!(counts.iter().all(|count| (333..=335).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_number_and_its_place_are_the_same() {
        for (json, whole) in [
            (json!({ "low": -1, "high": 2.5 }), false),
            (json!({ "low": 1e-4, "high": 1e-2, "log": true }), false),
            (json!({ "low": 2, "high": 32, "step": 2 }), true),
            (json!({ "low": 1, "high": 500, "log": true }), true),
        ] {
            let range = range(json, whole);
            for number in drawn(range) {
                let again = range.at(range.position(number)).as_f64().unwrap();
                assert!((again - number).abs() <= 1e-5 * number.abs().max(1e-2), "{range:?}: {number} became {again}");
            }
        }
    }

    #[test]
    fn an_invalid_range_is_refused() {
        let refused = |json: Value, whole: bool| Range::from_json("vary.x", &json, whole).unwrap_err().to_string();
        assert_eq!(refused(json!({ "low": 1 }), false), "vary.x.high: expected a number above 1, got nothing.");
        assert_eq!(refused(json!({ "low": 2, "high": 2 }), false), "vary.x.high: expected a number above 2, got 2.");
        assert_eq!(refused(json!({ "low": 0.5, "high": 2 }), true), "vary.x.low: expected a whole number, got 0.5.");
        assert_eq!(
            refused(json!({ "low": 0, "high": 2, "log": true }), false),
            "vary.x.low: expected a number above 0, as the range is logarithmic, got 0."
        );
        assert_eq!(
            refused(json!({ "low": 1, "high": 2, "log": true, "step": 1 }), false),
            "vary.x.step: expected nothing, as a logarithmic range has no even steps, got 1."
        );
        assert_eq!(
            refused(json!({ "low": 1, "high": 2, "step": 3 }), false),
            "vary.x.step: expected a number above 0 and up to 1, got 3."
        );
    }
}
