//! Data in their own units, through a model's scale and back; views; values beyond the training set's range.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use proptest::prelude::*;
use serde_json::{Value, json};
use vae_core::data::{
    Binarize, CellKind, Dataset, OpenOptions, Part, Preprocessing, Scale, Shape, TableColumn, TableLayout, Transform,
    open,
};
use vae_core::files::data_record::DataRecord;
use vae_core::files::metadata::ModelMetadata;
use vae_core::infer::vae::{BatchOptions, Latent, Output, TrainedVae, Units};
use vae_core::model::vae::Vae;
use vae_core::run::events::EventKind;
use vae_core::run::handle::Run;
use vae_core::{CancelToken, Code};

use testing::{bits, finish, model, options, vector};

const SCALES: [Option<Scale>; 4] = [None, Some(Scale::None), Some(Scale::Unit), Some(Scale::Standardize)];
const BINARIZE: [Binarize; 3] = [Binarize::None, Binarize::Threshold, Binarize::Dynamic];

/// Kinds of data: bytes, bytes that are bits, floats in [0, 1], floats of a sensor.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bytes,
    Bits,
    Unit,
    Sensor,
}

const KINDS: [Kind; 4] = [Kind::Bytes, Kind::Bits, Kind::Unit, Kind::Sensor];

impl Kind {
    /// Forty examples of six values.
    fn data(self, preprocessing: &Preprocessing) -> Dataset {
        let bytes = (0..240).map(|i: u32| (i * 7919 % 251) as u8);
        let floats = |factor: f32| bytes.clone().map(|byte| f32::from(byte) * factor + 0.05 * factor).collect();
        match self {
            Self::Bytes => Dataset::from_u8(bytes.collect(), vector(6), None, preprocessing),
            Self::Bits => Dataset::from_u8(bytes.map(|byte| byte % 2).collect(), vector(6), None, preprocessing),
            Self::Unit => Dataset::from_f32(floats(1.0 / 256.0), vector(6), None, preprocessing),
            Self::Sensor => Dataset::from_f32(floats(16.3), vector(6), None, preprocessing),
        }
        .unwrap()
    }
}

/// An untrained gaussian model of these data, which takes any scale.
fn gaussian(data: &Dataset) -> TrainedVae {
    let options =
        options(json!({ "hiddenDims": [5], "latentDim": 2, "likelihood": { "type": "gaussian", "variance": 1 } }));
    let (_, layout) = Vae::new(&options.architecture(data.shape()));
    let theta = options.initialization.draw(&layout, 3);
    model(data, &options, theta)
}

fn floats(values: Vec<f32>) -> Dataset {
    Dataset::from_f32(values, vector(6), None, &Preprocessing::default()).unwrap()
}

/// The core of the rule: what a data set hands out gives, fed back, the bits that the data set itself gives.
#[test]
fn values_fed_back_give_what_the_data_give() {
    let token = CancelToken::new();
    for kind in KINDS {
        for (scale, binarize) in SCALES.into_iter().flat_map(|scale| BINARIZE.map(|binarize| (scale, binarize))) {
            let case = format!("{kind:?} {scale:?} {binarize:?}");
            let data = kind.data(&Preprocessing { scale, binarize, ..Preprocessing::default() });
            let vae = gaussian(&data);
            let back = floats(data.values());
            let inputs = vae.inputs(&data).unwrap();
            assert_eq!(bits(&vae.inputs(&back).unwrap()), bits(&inputs), "{case}");
            let elbo = |data: &Dataset| vae.evaluate(data, None, Some(1), &token).unwrap().losses.elbo;
            assert_eq!(elbo(&back).to_bits(), elbo(&data).to_bits(), "{case}");
            // A view is scaled as the whole, and so is a single row.
            for row in [0, 17, 39] {
                let one = data.slice(row, row + 1).unwrap();
                let expected = &inputs[row * 6..][..6];
                assert_eq!(vae.inputs(&one).unwrap(), expected, "{case}, row {row}");
                assert_eq!(vae.inputs(&floats(one.values())).unwrap(), expected, "{case}, row {row}");
            }
        }
    }
}

/// Results of a model are in the data's units: its scale, undone.
#[test]
fn results_come_in_the_units_of_the_data() {
    let token = CancelToken::new();
    let model_scale = BatchOptions { units: Units::Model, ..BatchOptions::default() };
    for kind in KINDS {
        for scale in SCALES {
            let data = kind.data(&Preprocessing { scale, ..Preprocessing::default() });
            let vae = gaussian(&data);
            let decoded = |batches| vae.reconstruct(&data, Latent::Mean, 1, batches, &token).unwrap();
            let in_units = decoded(BatchOptions::default());
            // Fed back as data, they return to the model's scale.
            let inputs = vae.inputs(&floats(in_units.clone())).unwrap();
            for (x, expected) in inputs.iter().zip(decoded(model_scale)) {
                assert!((x - expected).abs() <= 2e-6 * (1.0 + expected.abs()), "{kind:?} {scale:?}: {x} {expected}");
            }
            let decode = |output, batches| vae.decode(&[0.3, -0.7], None, output, 1, batches, &token).unwrap();
            assert_eq!(decode(Output::Logits, BatchOptions::default()), decode(Output::Mean, model_scale));
        }
    }
}

/// x → units → x for every byte, whatever its meaning: v / 255 · 255 = v in 32 bits.
#[test]
fn every_byte_survives_its_units() {
    let bytes: Vec<u8> = (0..=255).collect();
    let options = Preprocessing { scale: Some(Scale::None), ..Preprocessing::default() };
    let data = Dataset::from_u8(bytes.clone(), vector(256), None, &options).unwrap();
    let transform = Transform::fit(&data);
    assert_eq!(data.values()[51], 0.2);
    let plain: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte)).collect();
    assert_eq!(data.to_f32(&transform), plain);
    let back = Dataset::from_f32(data.values(), vector(256), None, &Preprocessing::default()).unwrap();
    assert_eq!(back.to_f32(&transform), plain);
}

proptest! {
    /// The values of a view are those of the whole, whatever the view.
    #[test]
    fn views_hand_out_the_values_of_the_whole(start in 0usize..40, length in 0usize..40, seed in 0u64..1000) {
        for kind in KINDS {
            let data = kind.data(&Preprocessing { scale: Some(Scale::Unit), ..Preprocessing::default() });
            let all = data.values();
            let end = (start + length).min(40);
            prop_assert_eq!(&data.slice(start, end).unwrap().values()[..], &all[start * 6..end * 6]);
            let (train, held_out) = data.split(0.3, seed, false).unwrap();
            let mut parts: Vec<Vec<f32>> = [train, held_out].iter().flat_map(|part| {
                part.values().chunks(6).map(<[f32]>::to_vec).collect::<Vec<_>>()
            }).collect();
            let mut rows: Vec<Vec<f32>> = all.chunks(6).map(<[f32]>::to_vec).collect();
            parts.sort_by(|a, b| a.partial_cmp(b).unwrap());
            rows.sort_by(|a, b| a.partial_cmp(b).unwrap());
            prop_assert_eq!(parts, rows);
        }
    }
}

/// One row of a sensor's pictures by the training set's range, not its own: (x − minimum) / (maximum − minimum).
#[test]
fn the_transform_is_the_training_sets() {
    let data = Kind::Sensor.data(&Preprocessing { scale: Some(Scale::Unit), ..Preprocessing::default() });
    let vae = gaussian(&data);
    let values = data.values();
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| (low.min(x), high.max(x)));
    let expected: Vec<f32> = values[..6].iter().map(|x| (x - low) / (high - low)).collect();
    assert_eq!(vae.inputs(&data.slice(0, 1).unwrap()).unwrap(), expected);
    let transform = Transform::fit(&data);
    assert_eq!((transform.range(), data.range()), ([low, high], [low, high]));
    assert_eq!(data.slice(3, 4).unwrap().range(), [low, high]);
    assert_eq!(Kind::Unit.data(&Preprocessing::default()).range(), [0.0, 1.0]);
}

/// A model of 0 … 255 takes bits as 0 and 1, and a model of bits takes pixels as value / 255.
#[test]
fn what_a_byte_means_is_kept() {
    let plain = Preprocessing::default();
    let (bytes, bits) = (Kind::Bytes.data(&plain), Kind::Bits.data(&plain));
    assert_eq!(gaussian(&bytes).inputs(&bits).unwrap(), bits.values());
    assert!(bits.values().iter().all(|&x| x == 0.0 || x == 1.0));
    assert_eq!(gaussian(&bits).inputs(&bytes).unwrap(), bytes.values());
    // A dark picture is no mask if the model's bytes are pixels.
    let unit = Preprocessing { scale: Some(Scale::Unit), ..plain };
    let dark = Dataset::from_u8(vec![0, 1, 0, 0, 1, 1], vector(6), None, &unit).unwrap();
    assert_eq!(gaussian(&bytes).inputs(&dark).unwrap()[1], 1.0 / 255.0);
}

#[test]
fn data_in_other_units_are_refused() {
    let plain = Preprocessing::default();
    let (bytes, sensor) = (Kind::Bytes.data(&plain), Kind::Sensor.data(&plain));
    let error = gaussian(&sensor).inputs(&bytes).unwrap_err();
    assert_eq!(error.code, Code::DataRange);
    assert_eq!(
        error.to_string(),
        "the examples are in other units than those of the training set: expected floats from 0.815 to 4075.8147, got bytes, \
         which count as value / 255; pass the values as floats in the training set's units."
    );
    let error = gaussian(&bytes).inputs(&sensor).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the examples are in other units than those of the training set: expected bytes, or floats from 0 to 1, as value / \
         255, got floats from 0.815 to 4075.8147; divide them by 255, or pass them as bytes."
    );
    // A gaussian decoder may return values slightly outside [0, 1], which can be fed back.
    let near = floats(vec![-0.2, 1.1, 0.0, 0.5, 1.0, 0.3]);
    assert_eq!(gaussian(&bytes).inputs(&near).unwrap(), near.values());
}

/// With a likelihood on [0, 1], scaled floats beyond the training set's range count as its ends, and the run says so.
#[test]
fn values_beyond_the_range_are_clamped_and_told() {
    let unit = Preprocessing { scale: Some(Scale::Unit), ..Preprocessing::default() };
    let train = Dataset::from_f32((0..60).map(|i| i as f32).collect(), vector(6), None, &unit).unwrap();
    let other = Dataset::from_f32(vec![-3.0, 0.0, 30.0, 59.0, 60.0, 99.0], vector(6), None, &unit).unwrap();
    let settings = json!({ "hiddenDims": [4], "epochs": 1, "batchSize": 5, "probe": false });
    let run = Run::start(train.clone(), Some(other.clone()), options(settings.clone())).unwrap();
    let events = finish(&run);
    let warned = events.iter().find_map(|event| match &event.kind {
        EventKind::Warning { code: "clamped", message } => Some(message.clone()),
        _ => None,
    });
    let expected = "3 of 6 validation values lie outside [0, 59], the range of the training set, and count as its ends";
    assert_eq!(warned.as_deref(), Some(expected));
    let metadata = ModelMetadata::new(&train, &options(settings));
    assert_eq!(other.to_f32(&metadata.transform), [0.0, 0.0, 30.0 / 59.0, 1.0, 1.0, 1.0]);
    assert_eq!((metadata.transform.clamped(&other), metadata.transform.clamped(&train)), (3, 0));
    // A gaussian likelihood takes all real values.
    let gaussian = ModelMetadata::new(&train, &options(json!({ "likelihood": { "type": "gaussian", "variance": 1 } })));
    assert_eq!(other.to_f32(&gaussian.transform)[5], 99.0 / 59.0);
}

/// The columns of `values` as a table with these names.
fn table(names: &[&str], rows: &str) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, format!("{}\n{rows}", names.join(","))).unwrap();
    open(&path, &OpenOptions::default(), &CancelToken::new()).unwrap()
}

#[test]
fn columns_are_found_by_name() {
    let abc = table(&["a", "b", "c"], "1.5,2.5,3.5\n4.5,5.5,6.5\n");
    let cab = table(&["c", "a", "b"], "3.5,1.5,2.5\n6.5,4.5,5.5\n");
    let vae = gaussian(&abc);
    assert_eq!(vae.inputs(&cab).unwrap(), abc.values());
    let column = |name: &str| TableColumn { name: name.to_owned(), kind: CellKind::Number };
    let layout =
        TableLayout { columns: ["a", "b", "c"].map(column).to_vec(), header: true, separator: ',', decimal: '.' };
    assert_eq!(vae.metadata().table, Some(layout));
    let message = |data: &Dataset| {
        let error = vae.inputs(data).unwrap_err().to_string();
        error.split_once("table.csv: ").unwrap().1.to_owned()
    };
    assert_eq!(
        message(&table(&["a", "b", "d"], "1.5,2.5,3.5\n")),
        "column 'c' of the training data is missing: expected the columns 'a', 'b', 'c', got the columns 'a', 'b', 'd'."
    );
    assert_eq!(
        message(&table(&["a", "b", "c", "d"], "1.5,2.5,3.5,4.5\n")),
        "the training data have no column 'd': expected the columns 'a', 'b', 'c', got the columns 'a', 'b', 'c', 'd'; choose \
         the model's with `columns`."
    );
    // An array has no names: its columns are taken by position.
    let array = Dataset::from_f32(vec![1.5, 2.5, 3.5], Shape::new(vec![3]).unwrap(), None, &Preprocessing::default());
    assert_eq!(vae.inputs(&array.unwrap()).unwrap(), [1.5, 2.5, 3.5]);
}

#[test]
fn a_part_is_known_as_far_as_it_can_be_found_again() {
    let data = Kind::Bytes.data(&Preprocessing::default());
    let (train, held_back) = data.split(0.25, 7, false).unwrap();
    let split = |held_back| Part::Split { validation: 0.25, seed: 7, stratify: false, held_back };
    assert_eq!((data.part(), train.part(), held_back.part()), (Part::Whole, split(false), split(true)));
    assert_eq!(data.slice(0, data.len()).unwrap().part(), Part::Whole);
    assert_eq!(data.slice(1, 5).unwrap().part(), Part::Program);
    assert_eq!(train.split(0.5, 1, false).unwrap().0.part(), Part::Program);
}

#[test]
fn a_record_tells_other_values_from_another_scale() {
    let with = |scale| Kind::Bytes.data(&Preprocessing { scale, ..Preprocessing::default() });
    let record = |data: &Dataset| DataRecord::from_data(data);
    let before = record(&with(None));
    assert_ne!(before.fingerprint, record(&with(Some(Scale::Standardize))).fingerprint);
    before.check(&record(&with(None)), "the run to continue", "data").unwrap();
    let error = before.check(&record(&with(Some(Scale::Standardize))), "the run to continue", "data").unwrap_err();
    assert_eq!(
        error.to_string(),
        "scale: the run to continue was started with another `scale` of the data: expected its default, got 'standardize'; \
         open the data with the same `scale`, or start anew in another folder."
    );
    let other = record(&Kind::Bits.data(&Preprocessing::default()));
    let error = before.check(&other, "the run to continue", "data").unwrap_err().to_string();
    assert!(
        error.starts_with("the run to continue was started with other data: expected an array (40 examples, "),
        "{error}"
    );
    // Files of older versions know the digest alone, under the name of the fingerprint.
    let text = serde_json::to_value(&before).unwrap();
    let old: DataRecord =
        serde_json::from_value(json!({ "source": null, "n": 40, "fingerprint": text["digest"] })).unwrap();
    old.check(&before, "the run to continue", "data").unwrap();
    assert!(old.check(&other, "the run to continue", "data").is_err());
}

/// The files are found again from any folder, and read again in the same way.
#[test]
fn paths_are_anchored_and_readings_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, "a,b,kind\n1.5,2.5,x\n3.5,4.5,y\n").unwrap();
    let reading = json!({ "columns": ["b", "a"], "labelColumn": "kind" });
    let given = OpenOptions::from_json(&reading).unwrap();
    let data = open(&path, &given, &CancelToken::new()).unwrap();
    assert_eq!(data.source().map(std::path::Path::new), Some(path.as_path()));
    assert_eq!(data.reading(), Some(&reading));
    let again = OpenOptions::from_json(data.reading().unwrap()).unwrap();
    assert_eq!((&again, open(&path, &again, &CancelToken::new()).unwrap().digest()), (&given, data.digest()));
}

/// A program that continues a run keeps what it does not know of the run's record.
#[test]
fn unknown_keys_of_run_json_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let start = |resume: bool| {
        let settings = json!({
            "hiddenDims": [4], "epochs": if resume { 2 } else { 1 }, "probe": false, "out": folder.path(), "resume": resume,
        });
        finish(&Run::start(Kind::Bytes.data(&Preprocessing::default()), None, options(settings)).unwrap());
    };
    start(false);
    let path = folder.path().join("run.json");
    let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    json["note"] = json!({ "of": "another program" });
    std::fs::write(&path, json.to_string()).unwrap();
    start(true);
    let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!((&json["note"]["of"], &json["options"]["epochs"]), (&json!("another program"), &json!(2)));
}
