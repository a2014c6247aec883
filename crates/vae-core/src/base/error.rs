//! The crate's error type: structured data, joined into a sentence for display.
//!
//! An error records the problem, its place, the expected and received values, and a remedy. The parts are separate, for
//! programs to read; [`std::fmt::Display`] joins them into one sentence for the user.
use std::fmt;
use std::path::{Path, PathBuf};

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Kind of failure: a closed list, the `code` of a `VaeError` in TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// An option has the wrong type, is out of range, unknown, or clashes with another.
    Option,
    /// A data value lies outside the likelihood's support.
    DataRange,
    /// A file does not match its declared format or size.
    DataFormat,
    /// Sizes do not fit together.
    Shape,
    /// The loss stopped being finite.
    Diverged,
    /// The requested device is not available.
    Device,
    /// A model was used after it had been disposed.
    Disposed,
    /// A checkpoint or model file cannot be used here.
    Checkpoint,
    /// The operating system refused to read or write.
    Io,
    /// A memory budget would be exceeded.
    Memory,
    /// A signal stopped the call.
    Aborted,
    /// The run has ended and takes no more commands.
    Ended,
    /// A panic: a defect of this library, never a mistake of its user.
    Internal,
}

impl Code {
    /// The stable name passed to JavaScript: `ERR_VAE_…`.
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
    /// Kind of failure.
    pub code: Code,
    /// The problem, without the parts below; may be empty if they suffice.
    pub what: String,
    /// The option concerned, as its user spells it: `estimator.samples`.
    pub option: Option<String>,
    /// The file or folder concerned.
    pub path: Option<PathBuf>,
    /// The first example (or value) concerned, from 0.
    pub index: Option<u64>,
    /// The expected value.
    pub expected: Option<String>,
    /// The received value.
    pub received: Option<String>,
    /// The remedy, as an imperative: "use `likelihood: 'gaussian'`". Options are in back-ticks, together with their
    /// value; the command line turns those, and nothing else, into flags.
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

    /// An error about one option; the parts `expected` and `received` usually suffice.
    pub fn option(option: impl Into<String>) -> Self {
        let mut error = Self::new(Code::Option, "");
        error.0.option = Some(option.into());
        error
    }

    /// A failure of the operating system at this path.
    pub fn io(action: &str, path: impl AsRef<Path>, source: &std::io::Error) -> Self {
        Self::new(Code::Io, format!("cannot {action}: {source}")).path(path)
    }

    /// Sets the option concerned.
    pub fn with_option(mut self, option: impl Into<String>) -> Self {
        self.0.option = Some(option.into());
        self
    }

    /// Sets the file or folder concerned.
    pub fn path(mut self, path: impl AsRef<Path>) -> Self {
        self.0.path = Some(path.as_ref().to_path_buf());
        self
    }

    /// Sets the first example or value concerned, from 0.
    pub fn index(mut self, index: u64) -> Self {
        self.0.index = Some(index);
        self
    }

    /// Sets the expected value.
    pub fn expected(mut self, expected: impl fmt::Display) -> Self {
        self.0.expected = Some(expected.to_string());
        self
    }

    /// Sets the received value.
    pub fn received(mut self, received: impl fmt::Display) -> Self {
        self.0.received = Some(received.to_string());
        self
    }

    /// Sets the remedy.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Error {
    /// `where: what: expected …, got …; remedy.`, without the unknown parts.
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
        // "…; did you mean `beta`?" needs no full stop.
        if self.remedy.as_ref().is_some_and(|remedy| remedy.ends_with('?')) { Ok(()) } else { write!(f, ".") }
    }
}

impl std::error::Error for Error {}

impl From<candle_core::Error> for Error {
    /// On the CPU candle fails only through a defect of this crate, reported as such. GPU errors carry CUDA's message.
    fn from(source: candle_core::Error) -> Self {
        let source = source.to_string();
        // A backtrace may follow if the environment enables it.
        let message = source.lines().next().unwrap_or_default();
        if message.contains("CUDA_ERROR_OUT_OF_MEMORY") {
            return Self::new(Code::Memory, "the GPU has too little free memory").remedy(
                "train fewer models at once, lower `batchSize`, `hiddenDims` or `estimator.samples`, or set `device: 'cpu'`",
            );
        }
        if ["CUDA_ERROR", "CUBLAS_", "CURAND_"].iter().any(|error| message.contains(error)) {
            return Self::new(Code::Device, format!("the GPU cannot be used: {message}"))
                .remedy("set `device: 'cpu'`, or run vae-native doctor");
        }
        Self::new(Code::Internal, format!("candle: {message}"))
    }
}

impl Error {
    /// The error as JSON, as passed to TypeScript: `code`, `message`, and the known parts.
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

/// A caught panic as an error: a defect of this library must not take its host down.
pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
    Error::new(Code::Internal, format!("internal defect of vae-native: {text}"))
        .remedy("please report it with what led to it")
}
