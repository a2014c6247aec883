//! Calls of the core on Node's own worker threads, as promises, and the conversion of errors.
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Error, Status, Task};

/// Converts an error of the core to a JavaScript error whose message is the error as JSON.
pub fn thrown(error: vae_core::Error) -> Error {
    Error::new(Status::GenericFailure, error.to_json().to_string())
}

/// Parses JSON from the TypeScript side.
pub fn parse(json: &str) -> napi::Result<serde_json::Value> {
    serde_json::from_str(json).map_err(|error| {
        thrown(vae_core::Error::new(vae_core::Code::Internal, format!("the options are no JSON: {error}")))
    })
}

type Closure<O> = Box<dyn FnOnce() -> vae_core::Result<O> + Send>;

/// Work whose result O becomes the JavaScript value J.
pub struct Job<O, J> {
    work: Option<Closure<O>>,
    convert: fn(O) -> J,
}

/// A promise of `convert(work())`. A panic in the work rejects it.
pub fn promise<O: Send + 'static, J: ToNapiValue + TypeName>(
    work: impl FnOnce() -> vae_core::Result<O> + Send + 'static,
    convert: fn(O) -> J,
) -> AsyncTask<Job<O, J>> {
    AsyncTask::new(Job { work: Some(Box::new(work)), convert })
}

impl<O: Send + 'static, J: ToNapiValue + TypeName> Task for Job<O, J> {
    type Output = O;
    type JsValue = J;

    fn compute(&mut self) -> napi::Result<O> {
        let Some(work) = self.work.take() else {
            return Err(thrown(vae_core::Error::new(vae_core::Code::Internal, "a call was started twice")));
        };
        let result = catch_unwind(AssertUnwindSafe(work));
        result.unwrap_or_else(|panic| Err(vae_core::base::error::panicked(panic.as_ref()))).map_err(thrown)
    }

    fn resolve(&mut self, _env: Env, output: O) -> napi::Result<J> {
        Ok((self.convert)(output))
    }
}
