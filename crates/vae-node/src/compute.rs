//! Compute options from the environment. The core reads no environment, and scripts that call the CLI need one place
//! for it.
use vae_core::options::compute::{Compute, parse_isa};
use vae_core::{Error, Result};

/// Forces a SIMD level.
const ISA: &str = "VAE_NATIVE_ISA";
/// 'off' launches a GPU's kernels one by one, instead of several steps as one graph.
const GRAPHS: &str = "VAE_NATIVE_CUDA_GRAPHS";

/// Adds the environment's settings to the requested compute options.
///
/// # Errors
/// [`vae_core::Code::Option`] for a level that this CPU lacks, and for unknown values.
pub fn in_environment(mut compute: Compute) -> Result<Compute> {
    if let Some(name) = variable(ISA) {
        compute.isa = Some(parse_isa(ISA, &name)?);
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
