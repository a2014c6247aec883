//! Training on the importance-weighted bound, in a case that is known exactly: z ~ N(0, 1), x|z ~ N(z, 1), x = 1.5 and
//! q(z|x) = N(m, eˢ). Bounds and gradients are in `fixtures/iwae.json`, computed by quadrature in `fixtures/iwae.py`.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::vae::Vae;
use vae_core::nn::parameters::{Layout, Vars};
use vae_core::objective::Objective;
use vae_core::objective::importance_weighted::ImportanceWeighted;
use vae_core::objective::weights::Weights;
use vae_kernels::noise::{Key, Stream, fill_normals};

use testing::{options, vector};

/// Draws per comparison, in antithetic pairs.
const DRAWS: usize = 1_000_000;
/// Examples per batch.
const BATCH: usize = 20_000;

/// A linear model whose q(z|x) is N(m, eˢ) whatever x, and whose decoder is z.
struct Known {
    model: Vae,
    layout: Layout,
    theta: Vec<f32>,
    case: Value,
}

impl Known {
    fn all() -> Vec<Self> {
        let fixture: Value = serde_json::from_str(include_str!("fixtures/iwae.json")).unwrap();
        let known = |case: &Value| {
            let options = options(json!({ "hiddenDims": [], "latentDim": 1, "likelihood": "gaussian" }));
            let (model, layout) = Vae::new(&options.architecture(&vector(1)));
            let mut theta = vec![0.0; layout.len()];
            let mut set = |name: &str, value: f64| {
                let slot = layout.slots().iter().find(|slot| slot.name == name).unwrap();
                theta[slot.offset] = value as f32;
            };
            set("encoder.mean.bias", case["mean"].as_f64().unwrap());
            set("encoder.log_var.bias", case["logVar"].as_f64().unwrap());
            set("decoder.output.weight", 1.0);
            Self { model, layout, theta, case: case.clone() }
        };
        fixture["cases"].as_array().unwrap().iter().map(known).collect()
    }

    fn vars(&self) -> Vars {
        Vars::new(&self.layout, &self.theta, DType::F64, &Device::Cpu).unwrap()
    }

    /// The loss and its gradient by (m, s), mean over the examples, with noise of this number; if `is_paired`, over ±ε.
    fn step(&self, objective: ImportanceWeighted, examples: usize, number: u64, is_paired: bool) -> (f64, [f64; 2]) {
        let mut epsilon = vec![0.0; examples * objective.draws];
        fill_normals(Key::new(5, Stream::Noise), number, 0, objective.draws, &mut epsilon);
        if is_paired {
            epsilon.extend(epsilon.clone().iter().map(|epsilon| -epsilon));
        }
        let examples = epsilon.len() / objective.draws;
        let tensor = |values: Vec<f32>| {
            let rows = values.len();
            Tensor::from_vec(values, (rows, 1), &Device::Cpu).unwrap().to_dtype(DType::F64).unwrap()
        };
        let batch = Batch::new(tensor(vec![1.5; examples]));
        let epsilon = tensor(epsilon);
        let second_batch = || candle_core::bail!("there is one batch only");
        let surroundings = Surroundings { population: examples, second_batch: &second_batch };
        let vars = self.vars();
        let pass = Pass::new(&self.model, &vars, &batch, &epsilon, false, &surroundings).unwrap();
        let terms = objective.terms(&pass, Weights::new(1.0), None).unwrap();
        let gradient: Vec<f64> = vars.gradient(&terms.surrogate.backward().unwrap()).unwrap().to_vec1().unwrap();
        let by = |name: &str| gradient[self.layout.slots().iter().find(|slot| slot.name == name).unwrap().offset];
        let loss = terms.sums.losses(Weights::new(1.0)).loss;
        (loss, [by("encoder.mean.bias"), by("encoder.log_var.bias")])
    }
}

#[test]
fn the_bound_is_that_of_the_quadrature() {
    for known in Known::all() {
        for (k, expected) in known.case["bounds"].as_object().unwrap() {
            let (draws, expected): (usize, f64) = (k.parse().unwrap(), expected.as_f64().unwrap());
            let batches = (DRAWS / draws / (2 * BATCH)).max(1) as u64;
            let objective = ImportanceWeighted { draws, doubly: false };
            let each = (0..batches).map(|number| known.step(objective, BATCH.min(DRAWS / draws / 2), number, true).0);
            let found = -each.sum::<f64>() / batches as f64;
            println!("m {}, s {}, K {k}: {found:.6}, exact {expected:.6}", known.case["mean"], known.case["logVar"]);
            assert!((found - expected).abs() < 1e-3, "K {k}: the bound is {found}, not {expected}");
        }
    }
}

/// The mean of each estimator's gradients is exact, and the doubly reparameterised one has the least variance, none if
/// q is exact.
#[test]
fn gradients_are_unbiased_and_the_doubly_reparameterised_vary_less() {
    const ESTIMATES: u64 = 1500;
    for known in Known::all() {
        for k in [5usize, 50] {
            let exact: Vec<f64> = known.case["gradients"][k.to_string()]["exact"]
                .as_array()
                .unwrap()
                .iter()
                .map(|value| value.as_f64().unwrap())
                .collect();
            let spread = [false, true].map(|doubly| {
                let objective = ImportanceWeighted { draws: k, doubly };
                let all: Vec<[f64; 2]> =
                    (0..ESTIMATES).map(|number| known.step(objective, 1, number, false).1).collect();
                [0, 1].map(|i| {
                    let n = ESTIMATES as f64;
                    // The loss is −L; the fixture has the gradients of L.
                    let mean = all.iter().map(|gradient| -gradient[i]).sum::<f64>() / n;
                    let variance = all.iter().map(|gradient| (-gradient[i] - mean).powi(2)).sum::<f64>() / (n - 1.0);
                    let error = (variance / n).sqrt();
                    assert!(
                        (mean - exact[i]).abs() < 4.5 * error + 1e-7,
                        "K {k}, doubly {doubly}: the mean is {mean} ± {error}, not {}",
                        exact[i]
                    );
                    variance
                })
            });
            println!("m {}, K {k}: variances by (m, s) {:?}, doubly {:?}", known.case["mean"], spread[0], spread[1]);
            assert!(spread[1][0] < spread[0][0] && spread[1][1] < spread[0][1], "K {k}: {spread:?}");
            let is_exact = (known.case["logVar"].as_f64().unwrap() - 0.5f64.ln()).abs() < 1e-9;
            assert!(!is_exact || spread[1][0] < 1e-12, "K {k}: {spread:?}");
        }
    }
}
