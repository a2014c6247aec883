//! Plain classifier, used to measure the confidence in generated examples (the paper's eq. 13): a softmax over the
//! labels on top of hidden layers, trained by cross entropy with Adam. Uses the layers, initialisation, order and
//! optimiser of the VAE, on candle's tensors.
use candle_core::{DType, Device, Tensor};
use serde_json::Value;
use vae_kernels::noise::Stream;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::JsonReader;
use crate::base::threads::Threads;
use crate::data::epochs::Epochs;
use crate::data::{Dataset, Transform};
use crate::engine::forward::ROWS_PER_PASS;
use crate::nn::activation::Activation;
use crate::nn::initialization::Initialization;
use crate::nn::linear::Linear;
use crate::nn::ops::values_f32;
use crate::nn::parameters::{Layout, Vars};
use crate::optim::adam::{Adam, AdamOptions};
use crate::options::{MAX_SEED, threads};

/// Training options of a classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierOptions {
    /// Sizes of the hidden layers.
    pub hidden_dims: Vec<usize>,
    /// Nonlinearity after each hidden layer.
    pub activation: Activation,
    /// Number of epochs.
    pub epochs: u64,
    /// B.
    pub batch_size: usize,
    /// η.
    pub learning_rate: f64,
    /// Seed of the weights and the order.
    pub seed: u64,
    /// Number of compute threads; `None`: all that the process may use.
    pub threads: Option<usize>,
}

impl ClassifierOptions {
    /// Reads `hiddenDims`, `activation`, `epochs`, `batchSize`, `learningRate`, `seed` and `threads`.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's name.
    pub fn from_json(json: &Value) -> Result<Self> {
        let names = ["hiddenDims", "activation", "epochs", "batchSize", "learningRate", "seed", "threads"];
        let fields = JsonReader::new(json, names)?;
        let sizes = |sizes: &Vec<usize>| sizes.iter().all(|size| (1..=1 << 16).contains(size));
        Ok(Self {
            hidden_dims: fields.read("hiddenDims", "an array of whole numbers from 1 up", sizes)?.unwrap_or(vec![256]),
            activation: fields.word("activation", &Activation::NAMES)?.unwrap_or(Activation::Relu),
            epochs: fields.whole("epochs", 1..=1 << 20)?.unwrap_or(5),
            batch_size: fields.whole("batchSize", 1..=1 << 20)?.unwrap_or(128) as usize,
            learning_rate: fields
                .number("learningRate", "a number above 0", |rate| rate > 0.0 && rate.is_finite())?
                .unwrap_or(1e-3),
            seed: fields.whole("seed", 0..=MAX_SEED)?.unwrap_or(1),
            threads: threads(&fields)?,
        })
    }
}

/// Trained classifier.
#[derive(Debug)]
pub struct Classifier {
    layers: Layers,
    vars: Vars,
    transform: Transform,
    /// Label of each output, in order.
    labels: Vec<i32>,
    threads: Threads,
}

/// Predictions for examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Probability of the most likely label, (n).
    pub confidence: Vec<f32>,
    /// Most likely label, (n).
    pub label: Vec<i32>,
}

impl Verdict {
    /// Mean confidence.
    pub fn mean(&self) -> f64 {
        self.confidence.iter().map(|&p| f64::from(p)).sum::<f64>() / self.confidence.len() as f64
    }
}

#[derive(Debug, Clone)]
struct Layers {
    hidden: Vec<Linear>,
    output: Linear,
    activation: Activation,
}

impl Layers {
    fn new(input: usize, options: &ClassifierOptions, classes: usize) -> (Self, Layout) {
        let mut layout = Layout::default();
        let mut fan_in = input;
        let mut hidden = Vec::new();
        for (i, &size) in options.hidden_dims.iter().enumerate() {
            hidden.push(Linear::new(&mut layout, &format!("hidden.{i}"), fan_in, size));
            fan_in = size;
        }
        let output = Linear::new(&mut layout, "output", fan_in, classes);
        (Self { hidden, output, activation: options.activation }, layout)
    }

    /// Logarithms of the label probabilities.
    ///
    /// # Shapes
    /// x (B, D) → (B, C)
    fn log_probabilities(&self, x: &Tensor, vars: &Vars) -> candle_core::Result<Tensor> {
        let mut h = x.clone();
        for layer in &self.hidden {
            h = self.activation.forward(&layer.forward(&h, vars)?)?;
        }
        let logits = self.output.forward(&h, vars)?;
        // Subtracts the maximum, which leaves the probabilities unchanged.
        let logits = logits.broadcast_sub(&logits.detach().max_keepdim(1)?)?;
        logits.broadcast_sub(&logits.exp()?.sum_keepdim(1)?.log()?)
    }
}

impl Classifier {
    /// Trains a classifier on the labels of these data.
    ///
    /// # Errors
    /// [`Code::Option`] for data without labels or with fewer than two; [`Code::Diverged`] if the loss is not finite;
    /// [`Code::Aborted`] if `token` is cancelled.
    pub fn train(data: &Dataset, options: &ClassifierOptions, token: &CancelToken) -> Result<Self> {
        let missing = |received: &str| {
            Error::option("data").expected("examples of at least two labels to distinguish").received(received).remedy(
                "give the data labels (datasets.fromArray(x, { labels }), subfolders, an IDX file beside the images)",
            )
        };
        let of_rows = data.labels().ok_or_else(|| missing("examples without labels"))?;
        let mut labels = of_rows.clone();
        labels.sort_unstable();
        labels.dedup();
        if labels.len() < 2 {
            return Err(missing("one label"));
        }
        let (layers, layout) = Layers::new(data.shape().size(), options, labels.len());
        let theta = Initialization::Torch.draw(&layout, options.seed);
        let vars = Vars::new(&layout, &theta, DType::F32, &Device::Cpu)?;
        let options_of_adam = AdamOptions::default();
        let mut adam = Adam::new(&layout);
        let transform = Transform::fit(data);
        let threads = Threads::new(options.threads);
        let epochs = Epochs { n: data.len() as u64, batch: options.batch_size as u64 };
        let steps = epochs.steps() * options.epochs;
        token.set_total(steps);
        for step in 0..steps {
            token.check()?;
            let order = epochs.order(options.seed, Stream::Shuffle, step);
            let first = epochs.first(step);
            let rows: Vec<usize> =
                (first..first + epochs.examples(step)).map(|position| order.get(position) as usize).collect();
            let mut x = vec![0.0; rows.len() * data.shape().size()];
            data.gather(&rows, &transform, &mut x);
            let class = |row: &usize| labels.partition_point(|label| *label < of_rows[*row]) as u32;
            let classes: Vec<u32> = rows.iter().map(class).collect();
            let loss = threads.with_pool(|| -> Result<f32> {
                let x = Tensor::from_vec(x, (rows.len(), data.shape().size()), &Device::Cpu)?;
                let classes = Tensor::from_vec(classes, (rows.len(), 1), &Device::Cpu)?;
                let loss = layers.log_probabilities(&x, &vars)?.gather(&classes, 1)?.neg()?.mean_all()?;
                let constants = options_of_adam.constants(options.learning_rate, step + 1);
                adam.update(&vars, &loss.backward()?, constants)?;
                Ok(loss.to_scalar()?)
            })??;
            if !loss.is_finite() {
                return Err(Error::new(
                    Code::Diverged,
                    format!("the classifier's loss of step {} is not finite", step + 1),
                )
                .remedy(format!("lower `learningRate` (now {:?})", options.learning_rate)));
            }
            token.advance(1);
        }
        Ok(Self { layers, vars: vars.detached(), transform, labels, threads })
    }

    /// D, the size of an example.
    pub fn input(&self) -> usize {
        self.layers.hidden.first().unwrap_or(&self.layers.output).fan_in()
    }

    /// Predicts the labels of these examples.
    ///
    /// # Errors
    /// [`Code::Shape`] for examples of another size; [`Code::Aborted`] if `token` is cancelled.
    pub fn classify(&self, data: &Dataset, token: &CancelToken) -> Result<Verdict> {
        let size = self.input();
        if data.shape().size() != size {
            return Err(Error::new(Code::Shape, "the examples have another size than the classifier's training data")
                .expected(size)
                .received(data.shape().size()));
        }
        let mut verdict = Verdict { confidence: Vec::new(), label: Vec::new() };
        for start in (0..data.len()).step_by(ROWS_PER_PASS) {
            token.check()?;
            let rows: Vec<usize> = (start..data.len().min(start + ROWS_PER_PASS)).collect();
            let mut x = vec![0.0; rows.len() * size];
            data.gather(&rows, &self.transform, &mut x);
            let log_p = self.threads.with_pool(|| -> Result<Vec<f32>> {
                let x = Tensor::from_vec(x, (rows.len(), size), &Device::Cpu)?;
                Ok(values_f32(&self.layers.log_probabilities(&x, &self.vars)?)?)
            })??;
            for log_p in log_p.chunks_exact(self.labels.len()) {
                let best = (0..log_p.len()).fold(0, |best, i| if log_p[i] > log_p[best] { i } else { best });
                verdict.confidence.push(log_p[best].exp());
                verdict.label.push(self.labels[best]);
            }
        }
        Ok(verdict)
    }
}
