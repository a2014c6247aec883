//! Every reader against numpy, pandas and Pillow: the files of `__test__/fixtures/dialects.zip`, and what those programs
//! read from them. `__test__/fixtures/make_dialects.py` makes the archive and says what its cases hold.
use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vae_core::CancelToken;
use vae_core::data::{Dataset, OpenOptions, describe, open_split};

use crate::files::folder;

/// Minimum number of files, so that an archive that lost some is not taken for the whole.
const MIN_FILES: usize = 1000;

#[test]
fn every_dialect_is_read_as_other_programs_read_it() {
    let folder = folder();
    let cases = unpack(folder.path());
    let cases = cases.as_array().unwrap();
    let files: HashSet<&str> = cases.iter().map(|case| case["path"].as_str().unwrap()).collect();
    assert!(files.len() >= MIN_FILES, "only {} files", files.len());
    // All failures at once: one defect of a reader shows in many files.
    let failures: Vec<String> = cases.iter().filter_map(|case| failure(folder.path(), case)).collect();
    let of = format!("{} of {} cases in {} files", failures.len(), cases.len(), files.len());
    assert!(failures.is_empty(), "{of} differ:\n\n{}\n", failures.join("\n"));
}

/// Unpacks the files into the folder and returns the cases.
fn unpack(folder: &Path) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/fixtures/dialects.zip");
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    zip::ZipArchive::new(Cursor::new(member("files.zip"))).unwrap().extract(folder).unwrap();
    serde_json::from_slice::<Value>(&member("expected.json")).unwrap()["cases"].take()
}

/// The differences between what is read and what is expected, as lines that begin with the path and the options.
fn failure(folder: &Path, case: &Value) -> Option<String> {
    let differences = catch_unwind(AssertUnwindSafe(|| differences(folder, case)));
    let differences = differences.unwrap_or_else(|_| vec!["a panic".to_owned()]);
    let name = format!("{} {}", case["path"].as_str().unwrap(), case["options"]);
    (!differences.is_empty()).then(|| format!("{name}\n    {}", differences.join("\n    ")))
}

/// Opens the file of one case and compares.
fn differences(folder: &Path, case: &Value) -> Vec<String> {
    let path = folder.join(case["path"].as_str().unwrap());
    // Options that name a file name it from the archive's folder.
    let place = folder.display().to_string().replace('\\', "/");
    let options = serde_json::from_str(&case["options"].to_string().replace("{folder}", &place)).unwrap();
    let options = OpenOptions::from_json(&options);
    let (data, held_out) = match options.and_then(|options| open_split(&path, &options, &CancelToken::new())) {
        Ok((data, held_out)) => (data, held_out),
        Err(error) => {
            // Places may hold the words that the message must hold.
            let message = error.to_string().replace(&path.display().to_string(), "PATH").replace(&place, "FOLDER");
            return unnamed(&message, case);
        }
    };
    if case.get("examples").is_none() {
        let got = format!("{} examples of {}, {:?}", data.len(), data.shape(), data.notes());
        return vec![format!("expected an error that holds {}, got {got}", case["error"])];
    }
    let mut found = compare("", &data, case);
    let columns = data.table().map(|table| table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>());
    check("columns", case.get("columns"), json!(columns), &mut found);
    check("skipped", case.get("skipped"), json!(data.skipped().len()), &mut found);
    match (case.get("heldOut"), &held_out) {
        (Some(Value::Null), Some(held_out)) => found.push(format!("held out: expected none, got {}", held_out.len())),
        (Some(part @ Value::Object(_)), Some(held_out)) => found.extend(compare("held out: ", held_out, part)),
        (Some(Value::Object(_)), None) => found.push("held out: expected some, got none".to_owned()),
        _ => {}
    }
    if case["options"] == json!({}) {
        let described = describe(&path, &CancelToken::new()).map(|found| (found.examples, found.held_out));
        if described != Ok((data.len(), held_out.map_or(0, |held_out| held_out.len()))) {
            found.push(format!("described as {described:?}"));
        }
    }
    if !found.is_empty() && !data.notes().is_empty() {
        found.push(format!("notes: {:?}", data.notes()));
    }
    found
}

/// The words of an error that the message lacks; "a or b" is either.
fn unnamed(message: &str, case: &Value) -> Vec<String> {
    let Some(words) = case["error"].as_array() else {
        return vec![format!("expected {} examples, got the error: {message}", case["examples"])];
    };
    let is_there = |words: &str| words.split(" or ").any(|word| message.contains(word));
    let lacking: Vec<&str> =
        words.iter().map(|words| words.as_str().unwrap()).filter(|words| !is_there(words)).collect();
    if lacking.is_empty() { vec![] } else { vec![format!("the error lacks {lacking:?}: {message}")] }
}

/// The differences of one part of a data set.
fn compare(prefix: &str, data: &Dataset, expected: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check("examples", expected.get("examples"), json!(data.len()), &mut found);
    check("shape", expected.get("shape"), json!(data.shape().sizes()), &mut found);
    check("labels", expected.get("labels"), json!(data.labels()), &mut found);
    check("label names", expected.get("labelNames"), json!(data.label_names()), &mut found);
    let levels = expected.get("tolerance").map_or(0.0, |levels| levels.as_f64().unwrap());
    found.extend(if found.iter().any(|found| found.starts_with("examples") || found.starts_with("shape")) {
        None
    } else {
        wrong_value(&data.values(), &expected["values"], levels)
    });
    found.into_iter().map(|found| format!("{prefix}{found}")).collect()
}

/// Adds a difference if the expected value is given and another.
fn check(name: &str, expected: Option<&Value>, got: Value, found: &mut Vec<String>) {
    if let Some(expected) = expected.filter(|expected| **expected != got) {
        found.push(format!("{name}: expected {expected}, got {got}"));
    }
}

/// The first value that has other bits, or differs by more than these levels of 1/255.
fn wrong_value(got: &[f32], expected: &Value, levels: f64) -> Option<String> {
    if let Some(digest) = expected.get("sha256") {
        let bytes: Vec<u8> = got.iter().flat_map(|value| value.to_le_bytes()).collect();
        let got_digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let first = &got[..got.len().min(8)];
        return (*digest != got_digest).then(|| format!("values: expected {}, got {first:?}", expected["first"]));
    }
    let expected = expected.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32);
    let is_equal = |a: f32, b: f32| {
        a.to_bits() == b.to_bits() || levels > 0.0 && f64::from((a - b).abs()) * 255.0 <= levels * 1.0001
    };
    let most = got.iter().zip(expected.clone()).map(|(a, b)| (a - b).abs() * 255.0).fold(0.0, f32::max);
    let (index, (got, expected)) = got.iter().zip(expected).enumerate().find(|(_, (a, b))| !is_equal(**a, *b))?;
    Some(format!("value {index}: expected {expected:?}, got {got:?}; at most {most} levels of 1/255 differ"))
}
