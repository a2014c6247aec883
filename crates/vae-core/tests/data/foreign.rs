use vae_core::Code;
use vae_core::data::{OnError, OpenOptions};

use crate::files::{folder, gzip, refused, refused_with, write, zip};

/// The message about a file of these bytes, without its name.
fn message(bytes: &[u8]) -> String {
    let (code, message) = refused(&write(&folder(), "x", bytes));
    assert_eq!(code, Code::DataFormat);
    message.strip_prefix("x: ").unwrap().to_owned()
}

/// A file that begins with these bytes, as long as any header.
fn long(start: &[u8]) -> Vec<u8> {
    [start, &[0; 1024]].concat()
}

#[test]
fn files_of_other_formats_are_known_by_their_first_bytes() {
    let at = |offset: usize, bytes: &[u8]| [&vec![b'a'; offset], bytes, &[0; 1024]].concat();
    for (bytes, expected) in [
        (long(b"PAR1\x15\x04"), "a Parquet file"),
        (long(b"ARROW1\0\0"), "an Arrow or Feather file"),
        (long(b"\x89HDF\r\n\x1a\n"), "an HDF5 file"),
        (long(b"MATLAB 5.0 MAT-file, Platform: GLNXA64"), "a MATLAB file"),
        (long(b"\x80\x04\x95\x10\0\0"), "a Python pickle"),
        (gzip(&long(b"RDX3\nX\n")), "an R data file"),
        (gzip(&long(b"X\n\0\0\0\x03")), "an R data file"),
        (at(257, b"ustar\x0000"), "a tar archive"),
        (gzip(&at(257, b"ustar  ")), "a tar archive"),
        (at(128, b"DICM"), "a DICOM picture"),
        (at(344, b"n+1\0"), "a NIfTI volume"),
        (long(b"SIMPLE  =                    T"), "a FITS file"),
        (long(b"7z\xbc\xaf\x27\x1c"), "a 7z archive"),
        (long(b"Rar!\x1a\x07\x01\0"), "a RAR archive"),
        (long(b"BZh91AY&SY"), "a bzip2 file"),
        (long(b"\xfd7zXZ\0"), "an xz file"),
        (long(b"\x28\xb5\x2f\xfd"), "a Zstandard file"),
        (long(b"GIF89a"), "a GIF picture"),
        (long(b"BM\x36\x04\0\0\0\0\0\0"), "a BMP picture"),
        (long(b"II*\0"), "a TIFF picture"),
        (long(b"\0\0\0\x18ftypheic"), "a HEIC picture"),
        (long(b"\0\0\0\x1cftypavif"), "an AVIF picture"),
        (long(b"%PDF-1.7\n"), "a PDF document"),
        (long(b"SQLite format 3\0"), "an SQLite database"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n".to_vec(),
            "a pointer of Git LFS, not the file itself",
        ),
        (b"\n<!DOCTYPE html>\n<html>".to_vec(), "a web page"),
        (b"[\n  {\"a\": 1}\n]\n".to_vec(), "a JSON file"),
        (zip(&[("[Content_Types].xml", vec![]), ("xl/workbook.xml", vec![])]), "an Excel workbook"),
        (zip(&[("mimetype", vec![]), ("content.xml", vec![])]), "an OpenDocument file"),
        (zip(&[("archive/data.pkl", vec![])]), "a PyTorch file"),
        (zip(&[("cats/1.PNG", vec![])]), "a zip archive"),
    ] {
        let message = message(&bytes);
        let (what, remedy) = message.split_once(", which is not read; ").unwrap_or_else(|| panic!("{message}"));
        assert_eq!(what, expected);
        assert!(remedy.len() > 10, "{remedy}");
    }
    assert_eq!(message(&long(b"GIF89a")), "a GIF picture, which is not read; convert it to PNG.");
}

#[test]
fn a_table_may_begin_like_another_format() {
    let folder = folder();
    for header in ["BM,PAR1", "BMI,age", "BZh,b", "CDF,x", "MM,II", "ARROW1,RDX3", "Obj,ORC", "GIF,x", "X,y"] {
        let path = write(&folder, "x.csv", format!("{header}\n1,2\n3,4\n"));
        assert_eq!(crate::files::read(&path).len(), 2, "{header}");
    }
}

#[test]
fn a_picture_of_another_format_is_named_in_a_folder() {
    let folder = folder();
    write(&folder, "1.tif", long(b"II*\0"));
    write(&folder, "2.gif", long(b"GIF89a"));
    assert_eq!(
        refused(folder.path()).1,
        ".: 2 of 2 pictures cannot be read: 1.tif (a TIFF picture: convert it to PNG), 2.gif (a GIF picture: convert it \
         to PNG)."
    );
    let options = OpenOptions { on_error: OnError::Skip, ..OpenOptions::default() };
    assert_eq!(refused_with(folder.path(), &options).0, Code::DataFormat);
}
