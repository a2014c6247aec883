//! JavaScript binding of a data set: a handle to native memory that every call takes.
use std::path::PathBuf;

use napi::bindgen_prelude::{AsyncTask, Either, Float32Array, Int32Array, Uint8Array};
use napi_derive::napi;
use vae_core::data::{self, Dataset, Elements, ImageSource, OpenOptions, Preprocessing, Shape};
use vae_core::{Code, Error};

use crate::job::{Job, parse, promise, thrown};
use crate::task::NativeTask;

#[napi]
pub struct NativeDataset {
    pub(crate) inner: Dataset,
}

/// A picture: a file, the bytes of one, or raw pixels with their sizes.
#[napi(object)]
pub struct NativeImage {
    pub file: Option<String>,
    pub encoded: Option<Uint8Array>,
    pub raw: Option<Uint8Array>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub channels: Option<u32>,
    pub name: Option<String>,
}

/// A file that was left out.
#[napi(object)]
pub struct NativeSkipped {
    pub path: String,
    pub reason: String,
}

impl From<Dataset> for NativeDataset {
    fn from(inner: Dataset) -> Self {
        Self { inner }
    }
}

impl TryFrom<NativeImage> for ImageSource {
    type Error = Error;

    fn try_from(image: NativeImage) -> Result<Self, Error> {
        let NativeImage { file, encoded, raw, width, height, channels, name } = image;
        match (file, encoded, raw) {
            (Some(file), None, None) => Ok(ImageSource::File(PathBuf::from(file))),
            (None, Some(bytes), None) => Ok(ImageSource::Encoded { bytes: bytes.to_vec(), name }),
            (None, None, Some(pixels)) => Ok(ImageSource::Raw {
                pixels: pixels.to_vec(),
                width: width.unwrap_or_default() as usize,
                height: height.unwrap_or_default() as usize,
                channels: channels.unwrap_or(1) as usize,
                name,
            }),
            _ => Err(Error::new(Code::Option, "a picture").expected("one of file, encoded or raw")),
        }
    }
}

fn json(text: serde_json::Result<String>) -> napi::Result<String> {
    text.map_err(|error| thrown(Error::new(Code::Internal, error.to_string())))
}

fn shape(sizes: Vec<u32>) -> napi::Result<Shape> {
    Shape::new(sizes.into_iter().map(|size| size as usize).collect()).map_err(thrown)
}

/// A data set of a program; its labels are numbers, or texts that become their names.
fn from_elements(
    elements: Elements,
    shape: Vec<u32>,
    labels: Option<Either<Int32Array, Vec<String>>>,
    options: &str,
) -> napi::Result<NativeDataset> {
    let preprocessing = Preprocessing::from_json(&parse(options)?).map_err(thrown)?;
    let shape = self::shape(shape)?;
    let labels = match labels {
        Some(Either::B(texts)) => {
            let data = Dataset::with_text_labels(elements, shape, &texts, &preprocessing);
            return data.map(NativeDataset::from).map_err(thrown);
        }
        Some(Either::A(numbers)) => Some(numbers.to_vec()),
        None => None,
    };
    let data = match elements {
        Elements::U8(bytes) => Dataset::from_u8(bytes, shape, labels, &preprocessing),
        Elements::F32(floats) => Dataset::from_f32(floats, shape, labels, &preprocessing),
    };
    data.map(NativeDataset::from).map_err(thrown)
}

#[napi]
impl NativeDataset {
    /// Opens a file or folder, recognised by its content.
    #[napi(ts_return_type = "Promise<NativeDataset>", catch_unwind)]
    pub fn open(
        path: String,
        options: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Dataset, NativeDataset>>> {
        let options = OpenOptions::from_json(&parse(&options)?).map_err(thrown)?;
        let task = task.inner.clone();
        Ok(promise(move || data::open(&PathBuf::from(path), &options, &task), NativeDataset::from))
    }

    /// Opens the training part and, if the folder holds one, the test part.
    #[napi(ts_return_type = "Promise<Array<NativeDataset>>", catch_unwind)]
    pub fn open_split(
        path: String,
        options: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<Dataset>, Vec<NativeDataset>>>> {
        let options = OpenOptions::from_json(&parse(&options)?).map_err(thrown)?;
        let task = task.inner.clone();
        let work = move || {
            let (train, test) = data::open_split(&PathBuf::from(path), &options, &task)?;
            Ok(std::iter::once(train).chain(test).collect())
        };
        Ok(promise(work, |sets: Vec<Dataset>| sets.into_iter().map(NativeDataset::from).collect()))
    }

    /// Describes the content of a path as JSON, without keeping it in memory.
    #[napi(ts_return_type = "Promise<string>", catch_unwind)]
    pub fn describe(path: String, task: &NativeTask) -> AsyncTask<Job<String, String>> {
        let task = task.inner.clone();
        let work = move || {
            let description = data::describe(&PathBuf::from(path), &task)?;
            serde_json::to_string(&description).map_err(|error| Error::new(Code::Internal, error.to_string()))
        };
        promise(work, |json| json)
    }

    #[napi(ts_return_type = "Promise<NativeDataset>", catch_unwind)]
    pub fn from_images(
        images: Vec<NativeImage>,
        options: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Dataset, NativeDataset>>> {
        let options = OpenOptions::from_json(&parse(&options)?).map_err(thrown)?;
        let sources = images.into_iter().map(ImageSource::try_from).collect::<Result<_, _>>().map_err(thrown)?;
        let task = task.inner.clone();
        Ok(promise(move || data::from_images(sources, &options, &task), NativeDataset::from))
    }

    #[napi(factory, catch_unwind)]
    pub fn from_bytes(
        data: &[u8],
        shape: Vec<u32>,
        labels: Option<Either<Int32Array, Vec<String>>>,
        options: String,
    ) -> napi::Result<Self> {
        from_elements(Elements::U8(data.to_vec()), shape, labels, &options)
    }

    #[napi(factory, catch_unwind)]
    pub fn from_floats(
        data: &[f32],
        shape: Vec<u32>,
        labels: Option<Either<Int32Array, Vec<String>>>,
        options: String,
    ) -> napi::Result<Self> {
        from_elements(Elements::F32(data.to_vec()), shape, labels, &options)
    }

    /// The built-in digits.
    #[napi(factory, catch_unwind)]
    pub fn digits(n: u32, seed: f64) -> napi::Result<Self> {
        Dataset::digits(n as usize, seed as u64).map(Self::from).map_err(thrown)
    }

    #[napi(getter, catch_unwind)]
    pub fn length(&self) -> u32 {
        self.inner.len() as u32
    }

    #[napi(getter, catch_unwind)]
    pub fn shape(&self) -> Vec<u32> {
        self.inner.shape().sizes().iter().map(|&size| size as u32).collect()
    }

    #[napi(getter, ts_return_type = "'u8' | 'f32'", catch_unwind)]
    pub fn element(&self) -> &'static str {
        if self.inner.is_u8() { "u8" } else { "f32" }
    }

    #[napi(getter, catch_unwind)]
    pub fn labels(&self) -> Option<Int32Array> {
        self.inner.labels().map(Into::into)
    }

    #[napi(getter, catch_unwind)]
    pub fn label_names(&self) -> Option<Vec<String>> {
        self.inner.label_names().map(<[String]>::to_vec)
    }

    #[napi(getter, catch_unwind)]
    pub fn names(&self) -> Option<Vec<String>> {
        self.inner.names().map(|names| names.into_iter().map(str::to_owned).collect())
    }

    #[napi(getter, catch_unwind)]
    pub fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }

    #[napi(getter, catch_unwind)]
    pub fn preprocessing(&self) -> napi::Result<String> {
        json(serde_json::to_string(self.inner.preprocessing()))
    }

    #[napi(getter, catch_unwind)]
    pub fn source(&self) -> Option<String> {
        self.inner.source().map(str::to_owned)
    }

    #[napi(getter, catch_unwind)]
    pub fn skipped(&self) -> Vec<NativeSkipped> {
        let native =
            |skipped: &data::Skipped| NativeSkipped { path: skipped.path.clone(), reason: skipped.reason.clone() };
        self.inner.skipped().iter().map(native).collect()
    }

    #[napi(catch_unwind)]
    pub fn slice(&self, start: u32, end: u32) -> napi::Result<NativeDataset> {
        self.inner.slice(start as usize, end as usize).map(Self::from).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn where_label(&self, label: i32) -> napi::Result<NativeDataset> {
        self.inner.where_label(label).map(Self::from).map_err(thrown)
    }

    /// `[train, validation]`
    #[napi(catch_unwind)]
    pub fn split(&self, validation: f64, seed: f64, stratify: bool) -> napi::Result<Vec<NativeDataset>> {
        let (train, held_back) = self.inner.split(validation, seed as u64, stratify).map_err(thrown)?;
        Ok(vec![train.into(), held_back.into()])
    }

    /// All values in the data's units, (n, …shape).
    #[napi(catch_unwind)]
    pub fn values(&self) -> Float32Array {
        self.inner.values().into()
    }

    /// The values shown as black and white.
    #[napi(getter, catch_unwind)]
    pub fn range(&self) -> Vec<f64> {
        self.inner.range().map(f64::from).to_vec()
    }

    /// True for bytes that are pixels and not bits.
    #[napi(getter, catch_unwind)]
    pub fn pixels(&self) -> bool {
        self.inner.holds_pixels()
    }

    #[napi(getter, catch_unwind)]
    pub fn notes(&self) -> Vec<String> {
        self.inner.notes().to_vec()
    }

    /// `TableLayout` as JSON.
    #[napi(getter, catch_unwind)]
    pub fn table(&self) -> napi::Result<Option<String>> {
        self.inner.table().map(|table| json(serde_json::to_string(table))).transpose()
    }

    #[napi(getter, catch_unwind)]
    pub fn digest(&self) -> String {
        self.inner.digest()
    }
}
