//! Compiles `cuda/step.cu` to PTX with the feature `cuda`; the driver of any GPU from compute capability 8.0 up
//! compiles it for that GPU.
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=cuda");
    println!("cargo::rerun-if-env-changed=NVCC");
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    if variable("CARGO_FEATURE_CUDA").is_none() {
        return;
    }
    let nvcc = variable("NVCC").unwrap_or_else(|| "nvcc".into());
    let ptx = variable("OUT_DIR").unwrap_or_default().join("step.ptx");
    let mut command = Command::new(&nvcc);
    command
        .args(["--options-file", "cuda/nvcc.options", "--ptx", "-arch=compute_80", "-o"])
        .arg(&ptx)
        .arg("cuda/step.cu");
    let nvcc = nvcc.display();
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{nvcc} could not compile cuda/step.cu: {status}"),
        Err(error) => panic!("{nvcc}: {error}; `npm run build:cuda` fetches it"),
    }
}
