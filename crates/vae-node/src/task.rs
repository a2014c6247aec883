//! JavaScript binding of a cancel token.
use napi_derive::napi;

/// Handle to a long call: cancel it, read its progress.
#[napi]
#[derive(Default)]
pub struct NativeTask {
    pub(crate) inner: vae_core::CancelToken,
}

#[napi]
impl NativeTask {
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    #[napi(getter, catch_unwind)]
    pub fn done(&self) -> f64 {
        self.inner.progress().0 as f64
    }

    /// 0 while it is unknown.
    #[napi(getter, catch_unwind)]
    pub fn total(&self) -> f64 {
        self.inner.progress().1 as f64
    }
}
