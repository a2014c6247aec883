//! A range of numbers, and how it lies over the unit interval: samplers draw u in [0, 1], a range makes a number of it.
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::json_reader::Fields;

/// The numbers from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Equal ratios are equally likely, not equal differences.
    pub log: bool,
    /// Only low, low + step, low + 2·step …
    pub step: Option<f64>,
    /// Only whole numbers.
    pub whole: bool,
}

impl Range {
    /// Reads `{ low, high, log?, step? }`, which stands at the option `path`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of what is wrong.
    pub fn from_json(path: &str, json: &Value, whole: bool) -> Result<Self> {
        let fields = Fields::within(path, json, ["low", "high", "log", "step"])?;
        let kind = if whole { "a whole number" } else { "a number" };
        let is_kind = |number: f64| number.is_finite() && (!whole || number.fract() == 0.0);
        let needed = |name: &str, expected: &str, is_allowed: &dyn Fn(f64) -> bool| {
            let number = fields.number(name, expected, |number| is_kind(number) && is_allowed(number))?;
            number.ok_or_else(|| fields.refuse(name, expected))
        };
        let log = fields.read("log", "true or false", |_: &bool| true)?.unwrap_or(false);
        let low = match log {
            true => needed("low", &format!("{kind} above 0, as the range is logarithmic"), &|low| low > 0.0)?,
            false => needed("low", kind, &|_| true)?,
        };
        let high = needed("high", &format!("{kind} above {low}"), &|high| high > low)?;
        let expected = format!("{kind} above 0 and up to {}", high - low);
        let step = fields.number("step", &expected, |step| is_kind(step) && step > 0.0 && step <= high - low)?;
        if log && step.is_some() {
            return Err(fields.refuse("step", "nothing, as a logarithmic range has no even steps"));
        }
        let range = Self { low, high, log, step: step.or((whole && !log).then_some(1.0)), whole };
        // The greatest number that is reached.
        Ok(Self { high: range.step.map_or(high, |step| tidy(low + (range.steps(step) - 1.0) * step, step)), ..range })
    }

    /// The range as [`Range::from_json`] reads it.
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

    /// Whether this number is one of the range's.
    pub fn contains(&self, number: f64) -> bool {
        let on_step = self.step.is_none_or(|step| {
            let k = (number - self.low) / step;
            (k - k.round()).abs() < 1e-8
        });
        (self.low..=self.high).contains(&number) && (!self.whole || number.fract() == 0.0) && on_step
    }

    /// The number at u, from 0 to 1. Steps and whole numbers have equal shares of the interval (whole numbers of a
    /// logarithmic range as much as reach ½ around them); others are rounded to what a person reads.
    pub fn at(&self, u: f64) -> Value {
        let number = match (self.step, self.log) {
            (Some(step), _) => {
                let steps = self.steps(step);
                let k = (u * steps).floor().min(steps - 1.0);
                tidy(self.low + k * step, step)
            }
            (None, true) => {
                let (low, high) = self.ends();
                let number = (low + u * (high - low)).exp();
                if self.whole { number.round() } else { tidy(number, number) }
            }
            (None, false) => tidy(self.low + u * (self.high - self.low), self.high - self.low),
        };
        let number = number.clamp(self.low, self.high);
        if self.whole { json!(number as i64) } else { json!(number) }
    }

    /// Where a number of the range lies in the unit interval: the middle of what [`Range::at`] takes to it.
    pub fn place(&self, number: f64) -> f64 {
        match (self.step, self.log) {
            (Some(step), _) => (((number - self.low) / step).round() + 0.5) / self.steps(step),
            (None, true) => {
                let (low, high) = self.ends();
                (number.ln() - low) / (high - low)
            }
            (None, false) => (number - self.low) / (self.high - self.low),
        }
    }

    /// How many numbers a step makes. The little more is for 0.3 = 3·0.1, which floats miss.
    fn steps(&self, step: f64) -> f64 {
        ((self.high - self.low) / step + 1e-9).floor() + 1.0
    }

    /// The ends on the scale of logarithms; whole numbers reach ½ further, so that the first and last are not rarer.
    fn ends(&self) -> (f64, f64) {
        let more = if self.whole { 0.5 } else { 0.0 };
        ((self.low - more).ln(), (self.high + more).ln())
    }
}

/// The number rounded to six digits after the first one of `size`: 0.0031622776… is 0.00316228. It reads well, and the
/// last bit of a logarithm cannot make a difference.
fn tidy(number: f64, size: f64) -> f64 {
    let digits = 5.0 - size.abs().log10().floor();
    // Powers of ten up to 10²² are exact, and so the quotient is the float nearest to what is written.
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

    /// What a fine grid over the unit interval becomes.
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
                let again = range.at(range.place(number)).as_f64().unwrap();
                assert!((again - number).abs() <= 1e-5 * number.abs().max(1e-2), "{range:?}: {number} became {again}");
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
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
