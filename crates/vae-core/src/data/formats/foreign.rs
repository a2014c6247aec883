//! Files of formats that are not read here, known by their first bytes: what they are, and what to do instead.
use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

use crate::base::error::Result;
use crate::data::input::Input;

/// A format that is not read.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct Foreign {
    /// The format in words, with the article: "a PDF document".
    pub words: &'static str,
    /// The remedy, as an imperative.
    pub remedy: &'static str,
}

/// Bytes from the beginning of a file that suffice to know it.
const START: u64 = 512;

const UNPACK: &str = "unpack it, and open the folder or file within";
const TO_PNG: &str = "convert it to PNG";
const TO_NPY: &str = "save the array with numpy.save";
const TO_CSV: &str = "save the table as CSV";
const FROM_PANDAS: &str = "save the table as CSV, with pandas: read_parquet(…).to_csv('table.csv', index=False)";
const FROM_R: &str = "save the table as CSV, in R: write.csv(data, 'table.csv', row.names=FALSE)";
const FROM_HDF5: &str = "save the array with numpy.save, read with h5py: File(…)['name'][:]";
const FROM_MATLAB: &str = "save the array with numpy.save, read with scipy.io.loadmat(…)['name']";
const FROM_PICKLE: &str = "a pickle can run any code and is never loaded: save the array with numpy.save";

/// Signatures: the offset, the bytes there, the format, the remedy. No text of a table begins with one of them.
const SIGNATURES: [(usize, &[u8], &str, &str); 50] = [
    (0, b"GIF87a", "a GIF picture", TO_PNG),
    (0, b"GIF89a", "a GIF picture", TO_PNG),
    (0, b"II*\0", "a TIFF picture", TO_PNG),
    (0, b"MM\0*", "a TIFF picture", TO_PNG),
    (0, b"II+\0", "a TIFF picture", TO_PNG),
    (0, b"8BPS", "a Photoshop picture", TO_PNG),
    (0, b"\0\0\x01\0", "an icon", TO_PNG),
    (0, b"\xff\x0a", "a JPEG XL picture", TO_PNG),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture", TO_PNG),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", TO_PNG),
    (4, b"ftypavif", "an AVIF picture", TO_PNG),
    (4, b"ftypavis", "an AVIF picture", TO_PNG),
    (4, b"ftyphe", "a HEIC picture", TO_PNG),
    (4, b"ftypmif1", "a HEIC picture", TO_PNG),
    (4, b"ftyp", "a video", "save its frames as PNG files"),
    (128, b"DICM", "a DICOM picture", "convert it to PNG, with pydicom: dcmread(…).pixel_array"),
    (344, b"n+1\0", "a NIfTI volume", "save the array with numpy.save, read with nibabel: load(…).get_fdata()"),
    (344, b"ni1\0", "a NIfTI volume", "save the array with numpy.save, read with nibabel: load(…).get_fdata()"),
    (0, b"SIMPLE  =", "a FITS file", "save the array with numpy.save, read with astropy.io.fits.getdata(…)"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", FROM_HDF5),
    (0, b"MATLAB 7.3 MAT-file", "a MATLAB file, version 7.3", FROM_HDF5),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", FROM_MATLAB),
    (0, b"CDF\x01", "a NetCDF file", TO_NPY),
    (0, b"CDF\x02", "a NetCDF file", TO_NPY),
    (0, b"PAR1\x15", "a Parquet file", FROM_PANDAS),
    (
        0,
        b"ARROW1\0",
        "an Arrow or Feather file",
        "save the table as CSV, with pandas: read_feather(…).to_csv('table.csv', index=False)",
    ),
    (0, b"FEA1", "a Feather file", TO_CSV),
    (0, b"Obj\x01", "an Avro file", TO_CSV),
    (0, b"ORC\x08", "an ORC file", TO_CSV),
    (0, b"SQLite format 3\0", "an SQLite database", TO_CSV),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", "save the sheet as CSV"),
    (0, b"RDX2\n", "an R data file", FROM_R),
    (0, b"RDX3\n", "an R data file", FROM_R),
    (0, b"X\n\0\0\0", "an R data file", FROM_R),
    (0, b"$FL2", "an SPSS file", TO_CSV),
    (0, b"<stata_dta>", "a Stata file", TO_CSV),
    (0, b"\x80\x02", "a Python pickle", FROM_PICKLE),
    (0, b"\x80\x03", "a Python pickle", FROM_PICKLE),
    (0, b"\x80\x04\x95", "a Python pickle", FROM_PICKLE),
    (0, b"\x80\x05\x95", "a Python pickle", FROM_PICKLE),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (0, b"\xfd7zXZ\0", "an xz file", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
    (0, b"%PDF-", "a PDF document", "save its table as CSV or its pictures as PNG"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, not the file itself", "fetch the file with git lfs pull"),
    (0, b"@relation", "an ARFF table", TO_CSV),
    (0, b"@RELATION", "an ARFF table", TO_CSV),
];

/// Formats of files within a zip file: the end of a member's name, the format, the remedy.
const MEMBERS: [(&str, &str, &str); 9] = [
    ("xl/workbook.xml", "an Excel workbook", "save the sheet as CSV"),
    ("xl/workbook.bin", "an Excel workbook", "save the sheet as CSV"),
    ("word/document.xml", "a Word document", "save its table as CSV"),
    ("content.xml", "an OpenDocument file", "save the sheet as CSV"),
    ("/data.pkl", "a PyTorch file", "a pickle can run any code and is never loaded: save the tensor with numpy.save"),
    (".png", "a zip archive", UNPACK),
    (".jpg", "a zip archive", UNPACK),
    (".jpeg", "a zip archive", UNPACK),
    (".csv", "a zip archive", UNPACK),
];

/// The format of a file, if it is one of these; its bytes are inflated if it is gzip.
///
/// # Errors
/// Errors of reading it.
pub(in crate::data) fn recognise(path: &Path) -> Result<Option<Foreign>> {
    let mut start = Vec::new();
    // A file that ends or fails early is known by what there is; its own reader reports the failure.
    let _ = Input::open(path)?.take(START).read_to_end(&mut start);
    Ok(if start.starts_with(b"PK\x03\x04") { archive(path) } else { by_start(&start) })
}

/// The format of a file that begins with these bytes.
pub(in crate::data) fn by_start(start: &[u8]) -> Option<Foreign> {
    let signature =
        SIGNATURES.iter().find(|(offset, bytes, ..)| start.get(*offset..).is_some_and(|at| at.starts_with(bytes)));
    signature.map(|&(_, _, words, remedy)| Foreign { words, remedy }).or_else(|| by_structure(start))
}

/// Formats that a few bytes alone do not tell from a text.
fn by_structure(start: &[u8]) -> Option<Foreign> {
    let of = |words, remedy| Some(Foreign { words, remedy });
    if start.starts_with(b"BM") && start.get(6..10) == Some(&[0; 4]) {
        return of("a BMP picture", TO_PNG);
    }
    if start.starts_with(b"BZh") && start.get(4..10) == Some(b"1AY&SY") {
        return of("a bzip2 file", UNPACK);
    }
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    if ["<!doctype html", "<html", "<head"].iter().any(|tag| text.starts_with(tag)) {
        return of("a web page", "the download gave a page instead of the file: fetch it again");
    }
    if text.starts_with("<?xml") || text.starts_with("<svg") {
        return of("an XML file", "save its table as CSV or its picture as PNG");
    }
    let json: String = text.chars().filter(|c| !c.is_whitespace()).take(2).collect();
    if ["{\"", "[{", "[[", "{}", "[\""].contains(&json.as_str()) {
        return of("a JSON file", "save the table as CSV, or the array with numpy.save");
    }
    None
}

/// The format of a zip file without arrays.
fn archive(path: &Path) -> Option<Foreign> {
    let zip = ZipArchive::new(File::open(path).ok()?).ok()?;
    let names: Vec<String> = zip.file_names().filter_map(|name| Some(name.ok()?.to_lowercase())).collect();
    if names.iter().any(|name| name.ends_with(".npy")) {
        return None;
    }
    let is_within = |end: &str| names.iter().any(|name| name.ends_with(end));
    let member = MEMBERS.iter().find(|(end, ..)| is_within(end));
    member.map(|&(_, words, remedy)| Foreign { words, remedy })
}
