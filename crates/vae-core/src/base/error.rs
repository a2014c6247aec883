//! The one error type: data first, the sentence last.
//!
//! An error says what was wrong, where, what was expected, what was there, and how to go on. The parts are kept
//! apart, so that a program can read them; [`std::fmt::Display`] joins them into one sentence for a person.
use std::fmt;
use std::path::{Path, PathBuf};

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of thing went wrong: a closed list, the `code` of a `VaeError` in TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// An option has the wrong type, is out of range, unknown, or clashes with another.
    Option,
    /// A value of the data lies outside what the likelihood can explain.
    DataRange,
    /// A file is not what it claims to be, or lies about its size.
    DataFormat,
    /// Sizes do not fit together.
    Shape,
    /// The loss stopped being finite.
    Diverged,
    /// The device asked for is not there.
    Device,
    /// A model was used after it had been disposed.
    Disposed,
    /// A checkpoint or model file cannot be used here.
    Checkpoint,
    /// The operating system refused to read or write.
    Io,
    /// A memory budget would be passed.
    Memory,
    /// A signal stopped the call.
    Aborted,
    /// The run has ended and takes no more commands.
    Ended,
    /// A panic: a defect of this library, never of its user.
    Internal,
}

impl Code {
    /// The stable name that crosses the border: `ERR_VAE_…`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Option => "ERR_VAE_OPTION",
            Code::DataRange => "ERR_VAE_DATA_RANGE",
            Code::DataFormat => "ERR_VAE_DATA_FORMAT",
            Code::Shape => "ERR_VAE_SHAPE",
            Code::Diverged => "ERR_VAE_DIVERGED",
            Code::Device => "ERR_VAE_DEVICE",
            Code::Disposed => "ERR_VAE_DISPOSED",
            Code::Checkpoint => "ERR_VAE_CHECKPOINT",
            Code::Io => "ERR_VAE_IO",
            Code::Memory => "ERR_VAE_MEMORY",
            Code::Aborted => "ERR_VAE_ABORTED",
            Code::Ended => "ERR_VAE_ENDED",
            Code::Internal => "ERR_VAE_INTERNAL",
        }
    }
}

/// An error as data. Build one with [`Error::new`] or [`Error::option`] and the chained methods:
///
/// ```
/// use vae_core::Error;
/// let error = Error::option("latentDim").expected("an integer from 1 up").received(0);
/// assert_eq!(error.to_string(), "latentDim: expected an integer from 1 up, got 0.");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// The parts of an [`Error`], readable through it: `error.code`. Boxed, because every `Result` would carry their size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What kind of error.
    pub code: Code,
    /// What was wrong, without the parts below; may be empty when they say it all.
    pub what: String,
    /// The option concerned, as its user spells it: `estimator.samples`.
    pub option: Option<String>,
    /// The file or folder concerned.
    pub path: Option<PathBuf>,
    /// The first example (or value) concerned, from 0.
    pub index: Option<u64>,
    /// What would have been right.
    pub expected: Option<String>,
    /// What was there.
    pub received: Option<String>,
    /// The way on, as an imperative: "use `likelihood: 'gaussian'`". Options stand in back-ticks, a value with its option
    /// inside them; the command line turns those, and nothing else, into flags.
    pub remedy: Option<String>,
}

impl std::ops::Deref for Error {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Error {
    /// An error of this kind; `what` is a clause without a full stop.
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            what: what.into(),
            option: None,
            path: None,
            index: None,
            expected: None,
            received: None,
            remedy: None,
        }))
    }

    /// An error about one option; the parts `expected` and `received` usually say it all.
    pub fn option(option: impl Into<String>) -> Self {
        let mut error = Self::new(Code::Option, "");
        error.0.option = Some(option.into());
        error
    }

    /// A failure of the operating system at this path.
    pub fn io(action: &str, path: impl AsRef<Path>, source: &std::io::Error) -> Self {
        Self::new(Code::Io, format!("cannot {action}: {source}")).path(path)
    }

    /// Names the option concerned.
    pub fn with_option(mut self, option: impl Into<String>) -> Self {
        self.0.option = Some(option.into());
        self
    }

    /// Names the file or folder concerned.
    pub fn path(mut self, path: impl AsRef<Path>) -> Self {
        self.0.path = Some(path.as_ref().to_path_buf());
        self
    }

    /// Names the first example or value concerned, from 0.
    pub fn index(mut self, index: u64) -> Self {
        self.0.index = Some(index);
        self
    }

    /// Says what would have been right.
    pub fn expected(mut self, expected: impl fmt::Display) -> Self {
        self.0.expected = Some(expected.to_string());
        self
    }

    /// Says what was there.
    pub fn received(mut self, received: impl fmt::Display) -> Self {
        self.0.received = Some(received.to_string());
        self
    }

    /// Says how to go on.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Error {
    /// `where: what: expected …, got …; remedy.`, leaving out what is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        if let Some(option) = &self.option {
            parts.push(option.clone());
        }
        if let Some(path) = &self.path {
            parts.push(path.display().to_string());
        }
        if !self.what.is_empty() {
            parts.push(self.what.clone());
        }
        match (&self.expected, &self.received) {
            (Some(expected), Some(received)) => parts.push(format!("expected {expected}, got {received}")),
            (Some(expected), None) => parts.push(format!("expected {expected}")),
            (None, Some(received)) => parts.push(format!("got {received}")),
            (None, None) => {}
        }
        write!(f, "{}", parts.join(": "))?;
        if let Some(remedy) = &self.remedy {
            write!(f, "; {remedy}")?;
        }
        // "…; did you mean `beta`?" ends itself.
        if self.remedy.as_ref().is_some_and(|remedy| remedy.ends_with('?')) { Ok(()) } else { write!(f, ".") }
    }
}

impl std::error::Error for Error {}

impl From<candle_core::Error> for Error {
    /// On the CPU candle fails only where this crate has miscounted: a defect, reported as such. On a GPU it passes on
    /// what CUDA says.
    fn from(source: candle_core::Error) -> Self {
        let source = source.to_string();
        // A backtrace may follow, where the environment asks for one.
        let said = source.lines().next().unwrap_or_default();
        if said.contains("CUDA_ERROR_OUT_OF_MEMORY") {
            return Self::new(Code::Memory, "the GPU has too little free memory").remedy(
                "train fewer models at once, lower `batchSize`, `hiddenDims` or `estimator.samples`, or set `device: 'cpu'`",
            );
        }
        if ["CUDA_ERROR", "CUBLAS_", "CURAND_"].iter().any(|error| said.contains(error)) {
            return Self::new(Code::Device, format!("the GPU cannot be used: {said}"))
                .remedy("set `device: 'cpu'`, or see what vae-native doctor says");
        }
        Self::new(Code::Internal, format!("candle: {said}"))
    }
}

impl Error {
    /// The error as JSON, as it crosses to TypeScript: `code`, `message`, and the parts that are known.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::Map::new();
        json.insert("code".to_owned(), self.code.as_str().into());
        json.insert("message".to_owned(), self.to_string().into());
        let path = self.path.as_ref().map(|path| path.display().to_string());
        for (name, part) in [
            ("option", &self.option),
            ("path", &path),
            ("expected", &self.expected),
            ("received", &self.received),
            ("remedy", &self.remedy),
        ] {
            if let Some(part) = part {
                json.insert(name.to_owned(), part.as_str().into());
            }
        }
        if let Some(index) = self.index {
            json.insert("index".to_owned(), index.into());
        }
        serde_json::Value::Object(json)
    }
}

/// A caught panic as an error: a defect of ours that must not take its host down.
pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
    Error::new(Code::Internal, format!("vae-native met a defect of its own: {text}"))
        .remedy("please report it with what led to it")
}
