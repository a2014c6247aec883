//! What to compute with, where the environment says so. The core reads no environment, and scripts that call the CLI need
//! one place for it.
use vae_core::options::compute::{Compute, isa_of};
use vae_core::{Error, Result};

/// Forces a SIMD level.
const ISA: &str = "VAE_NATIVE_ISA";
/// 'off': a GPU's kernels are launched one by one, not many steps as one graph.
const GRAPHS: &str = "VAE_NATIVE_CUDA_GRAPHS";

/// What was asked for, and what the environment asks for besides.
///
/// # Errors
/// [`vae_core::Code::Option`] for a level that this CPU has not, and for other words.
pub fn in_environment(mut compute: Compute) -> Result<Compute> {
    if let Some(name) = variable(ISA) {
        compute.isa = Some(isa_of(ISA, &name)?);
    }
    compute.one_by_one = match variable(GRAPHS).as_deref() {
        None | Some("on") => false,
        Some("off") => true,
        Some(other) => return Err(Error::option(GRAPHS).expected("'on' or 'off'").received(format!("'{other}'"))),
    };
    Ok(compute)
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}
