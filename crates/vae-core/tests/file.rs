//! A write that fails, before it starts or in the middle, leaves the old content and nothing else.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use vae_core::Code;
use vae_core::base::file::write_atomically;
use vae_core::data::Dataset;
use vae_core::files::model_file;
use vae_core::infer::vae::{LoadOptions, TrainedVae};
use vae_core::model::vae::Vae;

use testing::{options, stored, vector, vectors};

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_replaces_the_one_before_and_makes_its_folder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a/b/file");
    write_atomically(&path, b"first").unwrap();
    write_atomically(&path, b"second").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"second");
    assert_eq!(files(path.parent().unwrap()), ["file"]);
}

#[test]
fn a_folder_in_the_way_is_named_and_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("taken");
    std::fs::create_dir(&path).unwrap();
    let error = write_atomically(&path, b"new").unwrap_err();
    assert_eq!((error.code, error.path.as_deref()), (Code::Io, Some(path.as_path())));
    assert!(error.to_string().ends_with("a folder of that name exists."), "{error}");
    assert_eq!(files(folder.path()), ["taken"]);
    assert!(path.is_dir());
}

#[test]
fn a_file_in_the_place_of_a_folder_is_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"old").unwrap();
    let error = write_atomically(&path.join("below"), b"new").unwrap_err();
    assert_eq!(error.code, Code::Io);
    assert_eq!(
        (std::fs::read(&path).unwrap().as_slice(), files(folder.path())),
        (&b"old"[..], vec!["file".to_owned()])
    );
}

/// Writes a model of more than 784·20 parameters, above 100 KiB.
fn write_model(path: &Path, seed: u64) -> vae_core::Result<()> {
    let options = options(json!({ "hiddenDims": [20], "seed": seed }));
    let data: Dataset = vectors(vec![0.5; 784], 784);
    let (_, layout) = Vae::new(&options.architecture(&vector(784)));
    let theta = options.initialization.draw(&layout, seed);
    model_file::write(path, &stored(&data, &options, theta))
}

/// A model can be used whatever device it was trained on.
#[test]
fn a_model_trained_on_a_gpu_loads_anywhere() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let options = options(json!({ "hiddenDims": [3], "device": "cuda:1", "precision": "tf32" }));
    let data: Dataset = vectors(vec![0.5; 8], 4);
    let (_, layout) = Vae::new(&options.architecture(&vector(4)));
    let theta = options.initialization.draw(&layout, 1);
    model_file::write(&path, &stored(&data, &options, theta)).unwrap();
    let vae = TrainedVae::load(&path, LoadOptions::default()).unwrap();
    assert_eq!(
        (&vae.info()["config"]["device"], &vae.info()["config"]["precision"]),
        (&json!("cuda:1"), &json!("tf32"))
    );
}

/// Names the file that this test writes when started again in a process with a file size limit of 64 KiB.
const LIMITED: &str = "VAE_NATIVE_TEST_LIMITED_WRITE";

#[cfg(unix)]
#[test]
fn a_write_that_fails_half_way_leaves_the_old_file() {
    if let Some(path) = std::env::var_os(LIMITED) {
        let error = write_model(Path::new(&path), 2).unwrap_err();
        assert_eq!((error.code, error.path.as_deref()), (Code::Io, Some(Path::new(&path))));
        println!("refused: {error}");
        return;
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    write_model(&path, 1).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(before.len() > 100 << 10);
    // With the signal ignored, a write past the limit fails as on a full disk, after a partial write.
    let limited =
        "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact a_write_that_fails_half_way_leaves_the_old_file --nocapture";
    let output = std::process::Command::new("bash")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env(LIMITED, &path)
        .output()
        .unwrap();
    let output_text = String::from_utf8_lossy(&output.stdout);
    println!("{output_text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && output_text.contains("refused: "));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(files(folder.path()), ["model.safetensors"]);
    assert!(model_file::read(&path).is_ok());
}
