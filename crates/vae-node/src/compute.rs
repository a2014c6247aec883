//! What to compute with, where the environment says so: `VAE_NATIVE_ISA` forces a SIMD level. The core reads no
//! environment, and scripts that call the CLI need one place for it.
use vae_core::Result;
use vae_core::compute::{Compute, isa_of};

/// The variable's name.
const ISA: &str = "VAE_NATIVE_ISA";

/// What the environment asks for.
///
/// # Errors
/// [`vae_core::Code::Option`] for a level that this CPU has not.
pub fn from_environment() -> Result<Compute> {
    let mut compute = Compute::default();
    match std::env::var_os(ISA) {
        None => {}
        Some(name) if name.is_empty() => {}
        Some(name) => compute.isa = Some(isa_of(ISA, &name.to_string_lossy())?),
    }
    Ok(compute)
}
