use proptest::prelude::*;
use serde_json::json;
use vae_core::Code;
use vae_core::data::{Binarize, Dataset, OnError, OpenOptions, Preprocessing, Scale, Shape, Transform};

fn shape(sizes: &[usize]) -> Shape {
    Shape::new(sizes.to_vec()).unwrap()
}

fn plain() -> Preprocessing {
    Preprocessing::default()
}

/// Six examples of two bytes, labelled 0, 1, 2, 0, 1, 2.
fn six() -> Dataset {
    Dataset::from_u8((0..12).collect(), shape(&[2]), Some(vec![0, 1, 2, 0, 1, 2]), &plain()).unwrap()
}

/// The bytes as numbers.
fn values(data: &Dataset) -> Vec<f32> {
    let options = Preprocessing { scale: Some(Scale::None), ..plain() };
    let numbers = Dataset::from_u8(vec![255], shape(&[1]), None, &options).unwrap();
    data.to_f32(&Transform::fit(&numbers))
}

#[test]
fn bytes_are_pixels_unless_they_are_bits() {
    let pixels = Dataset::from_u8(vec![0, 51, 255], shape(&[3]), None, &plain()).unwrap();
    let transform = Transform::fit(&pixels);
    assert_eq!((transform.describe().as_str(), pixels.to_f32(&transform)), ("u8 / 255", vec![0.0, 0.2, 1.0]));

    let bits = Dataset::from_u8(vec![0, 1, 1], shape(&[3]), None, &plain()).unwrap();
    let transform = Transform::fit(&bits);
    assert_eq!((transform.describe().as_str(), bits.to_f32(&transform)), ("u8 as 0/1", vec![0.0, 1.0, 1.0]));

    // A byte means what it means in its own data, whatever the model.
    assert_eq!(bits.to_f32(&Transform::fit(&pixels)), [0.0, 1.0, 1.0]);
    assert_eq!(pixels.to_f32(&Transform::fit(&bits)), [0.0, 0.2, 1.0]);
}

#[test]
fn scale_overrides() {
    let with = |scale| Preprocessing { scale: Some(scale), ..plain() };
    let scaled = |scale| Dataset::from_u8(vec![1, 1, 0, 1], shape(&[2]), None, &with(scale)).unwrap();
    let fitted = |data: &Dataset| (Transform::fit(data).describe(), data.to_f32(&Transform::fit(data)));
    assert_eq!(fitted(&scaled(Scale::None)), ("u8 as 0/1".to_owned(), vec![1.0, 1.0, 0.0, 1.0]));
    let numbers = Dataset::from_u8(vec![1, 7, 0, 255], shape(&[2]), None, &with(Scale::None)).unwrap();
    assert_eq!(fitted(&numbers), ("u8 as they are".to_owned(), vec![1.0, 7.0, 0.0, 255.0]));
    let unit = 1.0 / 255.0;
    assert_eq!(fitted(&scaled(Scale::Unit)), ("u8 / 255".to_owned(), vec![unit, unit, 0.0, unit]));
    // Column 0 has mean 0.5 and deviation 0.5; column 1 is constant.
    assert_eq!(fitted(&scaled(Scale::Standardize)), ("standardized per column".to_owned(), vec![1.0, 0.0, -1.0, 0.0]));

    let floats = Dataset::from_f32(vec![-2.0, 5.0, 1.5], shape(&[3]), None, &with(Scale::Unit)).unwrap();
    assert_eq!(fitted(&floats), ("floats scaled from [-2, 5] to [0, 1]".to_owned(), vec![0.0, 1.0, 0.5]));
    // A model of pixels takes floats unchanged.
    assert_eq!(floats.to_f32(&Transform::fit(&scaled(Scale::Unit))), [-2.0, 5.0, 1.5]);
}

#[test]
fn binarize_by_threshold_or_leave_it_to_the_trainer() {
    let with = |binarize| Preprocessing { binarize, ..plain() };
    let data = Dataset::from_u8(vec![127, 128], shape(&[2]), None, &with(Binarize::Threshold)).unwrap();
    let transform = Transform::fit(&data);
    assert_eq!((transform.describe().as_str(), data.to_f32(&transform)), ("u8 / 255, 1 from 0.5 up", vec![0.0, 1.0]));
    let data = Dataset::from_u8(vec![51], shape(&[1]), None, &with(Binarize::Dynamic)).unwrap();
    let transform = Transform::fit(&data);
    assert_eq!((transform.binarize(), data.to_f32(&transform)), (Binarize::Dynamic, vec![0.2]));
    assert_eq!(transform.describe(), "u8 / 255, drawn as 0 or 1 in every step");
}

#[test]
fn a_transform_survives_json_bit_for_bit() {
    let options = Preprocessing { scale: Some(Scale::Standardize), ..plain() };
    let data = Dataset::from_f32(vec![0.1, 0.7, 0.3, 0.35], shape(&[2]), None, &options).unwrap();
    let transform = Transform::fit(&data);
    let text = serde_json::to_string(&transform).unwrap();
    assert_eq!(serde_json::from_str::<Transform>(&text).unwrap(), transform);
}

#[test]
fn check_range_finds_the_first_value_outside() {
    let numbers = Preprocessing { scale: Some(Scale::None), ..plain() };
    let data = Dataset::from_u8(vec![0, 1, 1, 9], shape(&[2]), None, &numbers).unwrap();
    let transform = Transform::fit(&data);
    assert_eq!(data.check_range(&transform, 0.0, 1.0), Some((1, 1, 9.0)));
    assert_eq!(data.check_range(&transform, 0.0, 9.0), None);
    assert_eq!(data.slice(0, 1).unwrap().check_range(&transform, 0.0, 1.0), None);
    let data = Dataset::from_f32(vec![0.5, -0.25], shape(&[1]), None, &plain()).unwrap();
    assert_eq!(data.check_range(&Transform::fit(&data), 0.0, 1.0), Some((1, 0, -0.25)));
}

#[test]
fn digits_are_built_in() {
    let data = Dataset::digits(20, 1).unwrap();
    assert_eq!((data.len(), data.shape().to_string(), data.label(13)), (20, "28×28".to_owned(), Some(3)));
    assert_eq!((data.source(), Transform::fit(&data).describe().as_str()), (Some("digits"), "u8 / 255"));
    assert_eq!(data.fingerprint(), Dataset::digits(25, 1).unwrap().slice(0, 20).unwrap().fingerprint());
    let error = Dataset::digits(usize::MAX, 1).unwrap_err();
    assert_eq!(error.to_string(), "n: expected a whole number from 1 to 1000000, got 18446744073709551615.");
}

#[test]
fn views_share_and_compose() {
    let data = six();
    let middle = data.slice(1, 5).unwrap();
    assert_eq!(middle.labels(), Some(vec![1, 2, 0, 1]));
    let ones = middle.where_label(1).unwrap();
    assert_eq!(values(&ones), [2.0, 3.0, 8.0, 9.0]);
    assert_eq!(values(&ones.slice(1, 2).unwrap()), [8.0, 9.0]);
    assert!(data.slice(3, 3).unwrap().is_empty());
    let mut out = [0.0; 4];
    let options = Preprocessing { scale: Some(Scale::None), ..plain() };
    let numbers = Dataset::from_u8(vec![0, 255], shape(&[2]), None, &options).unwrap();
    middle.gather(&[3, 0], &Transform::fit(&numbers), &mut out);
    assert_eq!(out, [8.0, 9.0, 2.0, 3.0]);
}

#[test]
fn fingerprints_distinguish_content_shape_and_order() {
    let fingerprint = |bytes: &[u8], sizes: &[usize]| {
        Dataset::from_u8(bytes.to_vec(), shape(sizes), None, &plain()).unwrap().fingerprint()
    };
    let base = fingerprint(&[1, 2, 3, 4], &[2]);
    assert_eq!(base.len(), 64);
    assert_ne!(base, fingerprint(&[1, 2, 4, 3], &[2]));
    assert_ne!(base, fingerprint(&[1, 2, 3, 4], &[1]));
    assert_ne!(base, fingerprint(&[1, 2, 3, 4], &[2, 1]));
    // The fingerprint of a view depends only on its examples.
    assert_eq!(six().slice(0, 2).unwrap().fingerprint(), fingerprint(&[0, 1, 2, 3], &[2]));
    assert_ne!(six().fingerprint(), six().slice(0, 2).unwrap().fingerprint());
}

#[test]
fn views_refuse_what_is_not_there() {
    let data = six();
    let message = |result: vae_core::Result<Dataset>| result.unwrap_err().to_string();
    assert_eq!(message(data.slice(0, 7)), "end: expected at most 6, got 7.");
    assert_eq!(message(data.slice(3, 2)), "start: expected at most the end, 2, got 3.");
    assert_eq!(message(data.where_label(5)), "label: expected one of 0, 1, 2, got 5.");
    let bare = Dataset::from_u8(vec![1], shape(&[1]), None, &plain()).unwrap();
    assert_eq!(message(bare.where_label(5)), "label: got 5; this data set has no labels.");
    let split = |data: &Dataset, share, stratify| data.split(share, 1, stratify).unwrap_err().to_string();
    assert_eq!(split(&data, 1.5, false), "validation: expected a share between 0 and 1, got 1.5.");
    assert_eq!(split(&data, f64::NAN, false), "validation: expected a share between 0 and 1, got NaN.");
    assert_eq!(split(&bare, 0.5, false), "a split: expected at least 2 examples, got 1.");
    let two = Dataset::from_u8(vec![1, 2], shape(&[1]), None, &plain()).unwrap();
    assert_eq!(split(&two, 0.5, true), "stratify: got true; this data set has no labels to balance.");
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let u8 = |bytes: Vec<u8>, labels| Dataset::from_u8(bytes, shape(&[2, 2]), labels, &plain()).unwrap_err();
    assert_eq!(u8(vec![], None).to_string(), "data: expected at least one example, got 0.");
    assert_eq!(
        u8(vec![0; 6], None).to_string(),
        "the number of values is not a multiple of one example's 4 (2×2): got 6 values."
    );
    let error = u8(vec![0; 4], Some(vec![1, 2]));
    assert_eq!(
        (error.code, error.to_string().as_str()),
        (Code::Shape, "every example needs one label: expected 1 labels, got 2.")
    );
    let error = Dataset::from_f32(vec![0.0, 1.0, f32::INFINITY], shape(&[1]), None, &plain()).unwrap_err();
    assert_eq!((error.code, error.index), (Code::DataRange, Some(2)));
    assert_eq!(
        error.to_string(),
        "example 2, position 0: expected a finite number of 32 bits, got inf; remove or replace such values."
    );
    for sizes in [vec![], vec![0], vec![2, 2, 2], vec![2, 2, 3, 1], vec![usize::MAX, 2]] {
        assert_eq!(Shape::new(sizes).unwrap_err().code, Code::Shape);
    }
}

#[test]
fn options_are_read_and_refused_by_name() {
    let read = |json| OpenOptions::from_json(&json);
    let options = read(json!({
        "size": 64, "fit": "cover", "channels": 3, "scale": "unit", "binarize": "threshold", "onError": "skip",
        "key": "x", "columns": ["a"], "labelColumn": "b", "labels": "c", "limitBytes": 9, "extra": null
    }));
    assert_eq!(options.unwrap_err().to_string(), "extra: there is no such option.");
    let options = read(json!({ "size": 64, "fit": "cover", "onError": "skip", "limitBytes": 9, "key": null })).unwrap();
    assert_eq!(options.preprocessing.size, Some([64, 64]));
    assert_eq!((options.on_error, options.limit_bytes, options.key), (OnError::Skip, 9, None));
    assert_eq!(read(json!({})).unwrap(), OpenOptions::default());
    let message = |json| read(json).unwrap_err().to_string();
    assert_eq!(message(json!({ "chanels": 3 })), "chanels: there is no such option; did you mean `channels`?");
    assert_eq!(message(json!({ "channels": 2 })), "channels: expected 1 or 3, got 2.");
    assert_eq!(message(json!({ "fit": "crop" })), "fit: expected 'contain', 'cover' or 'fill', got \"crop\".");
    assert_eq!(
        message(json!({ "size": [0, 5] })),
        "size: expected a whole number of pixels from 1 to 32768, or [height, width], got [0,5]."
    );
    let json = serde_json::to_value(&options.preprocessing).unwrap();
    assert_eq!(json, json!({ "size": [64, 64], "fit": "cover", "binarize": "none" }));
    assert_eq!(Preprocessing::from_json(&json).unwrap(), options.preprocessing);
}

proptest! {
    #[test]
    fn a_split_shows_every_example_once(n in 2usize..60, share in 0.01f64..0.99, seed: u64, stratify: bool) {
        let labels = (0..n as i32).map(|i| i % 3).collect();
        let data = Dataset::from_u8((100..100 + n as u8).collect(), shape(&[1]), Some(labels), &plain()).unwrap();
        let (train, validation) = data.split(share, seed, stratify).unwrap();
        prop_assert!(!train.is_empty() && !validation.is_empty());
        let (a, b) = (values(&train), values(&validation));
        prop_assert!(a.is_sorted() && b.is_sorted());
        let mut both = [a, b].concat();
        both.sort_by(f32::total_cmp);
        prop_assert_eq!(both, (100..100 + n).map(|x| x as f32).collect::<Vec<_>>());
        let again = data.split(share, seed, stratify).unwrap();
        prop_assert_eq!(values(&again.0), values(&train));
    }
}

#[test]
fn a_stratified_split_keeps_proportions() {
    let labels = (0..100).map(|i| i32::from(i >= 90)).collect();
    let data = Dataset::from_u8((0..100).collect(), shape(&[1]), Some(labels), &plain()).unwrap();
    let (_, validation) = data.split(0.2, 7, true).unwrap();
    let ones = validation.labels().unwrap().iter().sum::<i32>();
    assert_eq!((validation.len(), ones), (20, 2));
}
