use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, RgbaImage};
use vae_core::data::{
    Dataset, Fit, ImageSource, OnError, OpenOptions, Preprocessing, Scale, Transform, from_images, open, open_split,
};
use vae_core::{CancelToken, Code};

use crate::files::{folder, idx, read, refused, refused_with, write};

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A grey PNG, each pixel 10·row + column.
fn grey(height: u32, width: u32) -> Vec<u8> {
    encoded(GrayImage::from_fn(width, height, |x, y| Luma([(10 * y + x) as u8])), ImageFormat::Png)
}

fn red(height: u32, width: u32) -> RgbImage {
    RgbImage::from_pixel(width, height, Rgb([200, 0, 0]))
}

fn pixels(data: &Dataset) -> Vec<u8> {
    let numbers = Preprocessing { scale: Some(Scale::None), ..Preprocessing::default() };
    let any = Dataset::from_u8(vec![0], vae_core::data::Shape::new(vec![1]).unwrap(), None, &numbers).unwrap();
    data.to_f32(&Transform::fit(&any)).into_iter().map(|x| x as u8).collect()
}

fn sized(size: [usize; 2], fit: Fit) -> OpenOptions {
    let preprocessing = Preprocessing { size: Some(size), fit, ..Preprocessing::default() };
    OpenOptions { preprocessing, ..OpenOptions::default() }
}

fn opened(path: &Path, options: &OpenOptions) -> Dataset {
    open(path, options, &CancelToken::new()).unwrap()
}

#[test]
fn a_folder_is_read_in_natural_order() {
    let folder = folder();
    for name in ["10.png", "9.png", "1.png"] {
        write(&folder, name, grey(2, 3));
    }
    write(&folder, ".hidden", b"not a picture");
    let data = read(folder.path());
    assert_eq!(data.names().unwrap(), ["1.png", "9.png", "10.png"]);
    assert_eq!((data.shape().sizes(), data.labels()), ([2, 3].as_slice(), None));
    assert_eq!(pixels(&data)[..6], [0, 1, 2, 10, 11, 12]);
    assert_eq!(data.preprocessing().channels, Some(1));
}

#[test]
fn subfolders_are_labels() {
    let folder = folder();
    write(&folder, "dog/a.jpg", encoded(red(8, 8), ImageFormat::Jpeg));
    write(&folder, "cat/b.webp", encoded(red(8, 8), ImageFormat::WebP));
    write(&folder, "cat/deep/c.png", grey(8, 8));
    write(&folder, "README.md", "about");
    let data = read(folder.path());
    assert_eq!(data.label_names().unwrap(), ["cat", "dog"]);
    assert_eq!(data.names().unwrap(), ["cat/b.webp", "cat/deep/c.png", "dog/a.jpg"]);
    assert_eq!(data.labels(), Some(vec![0, 0, 1]));
    // One of them has colour, so all become colour.
    assert_eq!(data.shape().to_string(), "8×8×3");
    assert_eq!(data.where_label(1).unwrap().name(0), Some("dog/a.jpg"));
}

#[test]
fn train_and_test_are_two_parts_with_one_numbering() {
    let folder = folder();
    write(&folder, "train/cat/1.png", grey(2, 2));
    write(&folder, "train/dog/2.png", grey(2, 2));
    write(&folder, "test/dog/3.png", grey(2, 2));
    let (train, test) = open_split(folder.path(), &OpenOptions::default(), &CancelToken::new()).unwrap();
    assert_eq!(train.names().unwrap(), ["train/cat/1.png", "train/dog/2.png"]);
    let test = test.unwrap();
    assert_eq!((test.names().unwrap(), test.labels()), (vec!["test/dog/3.png"], Some(vec![1])));
    assert_eq!(read(folder.path()).len(), 2);
}

#[test]
fn a_picture_is_brought_to_size() {
    let folder = folder();
    let path = write(&folder, "x.png", encoded(GrayImage::from_pixel(4, 2, Luma([90])), ImageFormat::Png));
    assert_eq!(read(&path).shape().sizes(), [2, 4]);
    let contain = [vec![0; 4], vec![90; 8], vec![0; 4]].concat();
    assert_eq!(pixels(&opened(&path, &sized([4, 4], Fit::Contain))), contain);
    assert_eq!(pixels(&opened(&path, &sized([4, 4], Fit::Cover))), vec![90; 16]);
    assert_eq!(pixels(&opened(&path, &sized([1, 4], Fit::Fill))), vec![90; 4]);
    assert_eq!(pixels(&opened(&path, &sized([2, 1], Fit::Contain))), [90, 0]);
    // Cover cuts the sides off evenly: columns 1 and 2 of 0, 1, 2, 3 remain.
    let path = write(&folder, "y.png", grey(2, 4));
    assert_eq!(pixels(&opened(&path, &sized([2, 2], Fit::Cover))), [1, 2, 11, 12]);
    // Downscaling averages: a checkerboard becomes grey.
    let board = GrayImage::from_fn(8, 8, |x, y| Luma([if (x + y) % 2 == 0 { 200 } else { 0 }]));
    let path = write(&folder, "z.png", encoded(board, ImageFormat::Png));
    assert!(pixels(&opened(&path, &sized([2, 2], Fit::Fill))).iter().all(|x| (90..=110).contains(x)));
}

#[test]
fn arrays_of_pixels_are_brought_to_size_too() {
    let folder = folder();
    let path = write(&folder, "idx", idx(8, &[2, 1, 2], &[1, 1, 5, 5]));
    let mut options = sized([2, 2], Fit::Fill);
    options.preprocessing.channels = Some(3);
    let data = opened(&path, &options);
    assert_eq!((data.len(), data.shape().to_string()), (2, "2×2×3".to_owned()));
    assert_eq!(pixels(&data), [[1; 12], [5; 12]].concat());
}

#[test]
fn colours_become_grey_and_transparency_black() {
    let folder = folder();
    let path = write(&folder, "x.png", encoded(red(1, 1), ImageFormat::Png));
    let options = |channels| {
        let preprocessing = Preprocessing { channels: Some(channels), ..Preprocessing::default() };
        OpenOptions { preprocessing, ..OpenOptions::default() }
    };
    assert_eq!(pixels(&opened(&path, &options(3))), [200, 0, 0]);
    assert_eq!(pixels(&opened(&path, &options(1))), [43]);
    let picture = RgbaImage::from_raw(2, 1, vec![200, 100, 50, 0, 200, 100, 50, 128]).unwrap();
    let path = write(&folder, "y.png", encoded(picture, ImageFormat::Png));
    assert_eq!(pixels(&read(&path)), [0, 0, 0, 100, 50, 25]);
}

/// A JPEG whose EXIF orientation is a quarter turn clockwise.
fn turned(height: u32, width: u32) -> Vec<u8> {
    let jpeg = encoded(
        GrayImage::from_fn(width, height, |x, _| Luma([if x < width / 2 { 0 } else { 250 }])),
        ImageFormat::Jpeg,
    );
    // TIFF, little-endian, one entry: tag 0x0112, type short, count 1, value 6.
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = (tiff.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, tiff, &jpeg[2..]].concat()
}

#[test]
fn a_camera_s_rotation_is_undone() {
    let folder = folder();
    let path = write(&folder, "x.jpg", turned(8, 16));
    let data = read(&path);
    assert_eq!(data.shape().sizes(), [16, 8]);
    let pixels = pixels(&data);
    assert!(pixels[0] < 20 && pixels[127] > 230, "the left half is on top now");
}

#[test]
fn pictures_in_memory_are_read() {
    let sources = vec![
        ImageSource::Encoded { bytes: grey(1, 2), name: Some("first".to_owned()) },
        ImageSource::Raw { pixels: vec![7, 8], width: 2, height: 1, channels: 1, name: None },
    ];
    let data = from_images(sources, &OpenOptions::default(), &CancelToken::new()).unwrap();
    assert_eq!((data.names().unwrap(), pixels(&data)), (vec!["first", "picture 1"], vec![0, 1, 7, 8]));
    let message = |sources| from_images(sources, &OpenOptions::default(), &CancelToken::new()).unwrap_err().to_string();
    assert_eq!(message(vec![]), "holds no examples: expected at least one picture.");
    assert_eq!(
        message(vec![ImageSource::Raw { pixels: vec![7], width: 2, height: 1, channels: 1, name: None }]),
        "picture 0 cannot be read: 1 bytes are not 1×2 pixels of 1 channels."
    );
}

#[test]
fn unreadable_pictures_are_named_or_left_out() {
    let folder = folder();
    write(&folder, "1.png", grey(2, 2));
    let whole = grey(2, 2);
    write(&folder, "2.png", &whole[..whole.len() / 2]);
    write(&folder, "3.tiff", "no picture");
    let mut damaged = grey(2, 2);
    let data = damaged.windows(4).position(|window| window == b"IDAT").unwrap() + 6;
    damaged[data] ^= 0xff;
    write(&folder, "4.png", damaged);
    write(&folder, "5.png", grey(2, 2));
    let (code, message) = refused(folder.path());
    assert_eq!(code, Code::DataFormat);
    assert_eq!(
        message,
        ".: 3 of 5 pictures cannot be read: 2.png (unexpected end of file), 3.tiff (not a PNG, JPEG or WebP picture), \
         4.png (Format error decoding Png: Corrupt deflate stream. InvalidBlockType); remove them, or set `onError: \
         'skip'`."
    );

    let options = OpenOptions { on_error: OnError::Skip, ..OpenOptions::default() };
    let data = opened(folder.path(), &options);
    assert_eq!(data.names().unwrap(), ["1.png", "5.png"]);
    assert_eq!(pixels(&data), [0, 1, 10, 11, 0, 1, 10, 11]);
    let skipped: Vec<_> = data.skipped().iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["2.png", "3.tiff", "4.png"]);
}

/// A picture with structure and noise, whose JPEG needs most of its bytes.
fn noisy() -> RgbImage {
    RgbImage::from_fn(40, 24, |x, y| {
        let noise = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 7;
        Rgb([(noise % 256) as u8, (6 * x) as u8, (noise / 3 % 200) as u8])
    })
}

fn in_memory(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let source = ImageSource::Encoded { bytes: bytes.to_vec(), name: None };
    let data = from_images(vec![source], &OpenOptions::default(), &CancelToken::new());
    data.map(|data| pixels(&data)).map_err(|error| error.to_string())
}

#[test]
fn a_picture_that_is_cut_off_is_no_picture() {
    let folder = folder();
    // PNG and WebP write their length and a checksum; only the last one may be missing.
    for (format, may_miss) in [(ImageFormat::Jpeg, 0), (ImageFormat::Png, 4), (ImageFormat::WebP, 0)] {
        let whole = encoded(noisy(), format);
        let expected = in_memory(&whole).unwrap();
        for length in 0..whole.len() {
            match in_memory(&whole[..length]) {
                Ok(pixels) => assert!(length + may_miss >= whole.len() && pixels == expected, "{format:?} {length}"),
                Err(_) => assert!(length + may_miss < whole.len(), "{format:?} {length}"),
            }
        }
        // Cameras append to their files.
        assert_eq!(in_memory(&[&whole[..], b"\xff\xd8 more", &[0; 99]].concat()).unwrap(), expected, "{format:?}");
    }
    let whole = encoded(noisy(), ImageFormat::Jpeg);
    // Pillow: OSError, image file is truncated.
    let path = write(&folder, "x.jpg", &whole[..whole.len() - 2]);
    assert_eq!(
        refused(&path),
        (Code::DataFormat, "x.jpg: the picture cannot be read: a JPEG picture that is cut off.".to_owned())
    );
    write(&folder, "y.jpg", &whole);
    let options = OpenOptions { on_error: OnError::Skip, ..OpenOptions::default() };
    let data = opened(folder.path(), &options);
    assert_eq!((data.len(), data.skipped()[0].path.as_str()), (1, "x.jpg"));
}

#[test]
fn a_jpeg_with_a_marker_inside_its_data_is_damaged() {
    let whole = encoded(noisy(), ImageFormat::Jpeg);
    let scan = whole.windows(2).position(|window| window == [0xff, 0xda]).unwrap();
    // A start-of-frame marker, with a segment's length, where the pixels are.
    let mut damaged = whole.clone();
    damaged[scan + 200..scan + 204].copy_from_slice(&[0xff, 0xc1, 0, 8]);
    let message = in_memory(&damaged).unwrap_err();
    assert!(message.contains("a damaged JPEG picture: "), "{message}");
}

#[test]
fn every_fault_of_a_folder_is_named() {
    let root = folder();
    assert_eq!(
        refused(root.path()),
        (
            Code::DataFormat,
            ".: the folder holds no examples: expected IDX files, pictures, or one subfolder of pictures per label."
                .to_owned()
        )
    );
    write(&root, "x.csv", "1,2\n");
    let (_, message) = refused(root.path());
    assert_eq!(message, ".: the folder holds neither MNIST's IDX files nor pictures; open the file 'x.csv'.");

    let root = folder();
    write(&root, "a.png", grey(2, 2));
    write(&root, "b.png", grey(2, 2));
    write(&root, "c.png", grey(3, 2));
    assert_eq!(
        refused(root.path()),
        (
            Code::Shape,
            ".: the pictures have 2 sizes: expected one size, got 2×2 (2), 3×2 (1); set `size` to bring them to one, as \
             in `size: 64`."
                .to_owned()
        )
    );
    let mut options = sized([1000, 1000], Fit::Contain);
    options.limit_bytes = 1 << 20;
    assert_eq!(
        refused_with(root.path(), &options),
        (
            Code::Memory,
            ".: 3×1000×1000×1 values need 2.9 MiB: expected at most 1 MiB; raise `limitBytes` to allow it.".to_owned()
        )
    );
    write(&root, "cat/d.png", grey(2, 2));
    assert_eq!(
        refused(root.path()).1,
        ".: the folder has a subfolder for every label, and 'a.png' lies beside them; move it into the folder of its \
         label, or set `labels: 'none'`."
    );
    let root = folder();
    write(&root, "note", [0xff, 0xfe, 1, 2]);
    assert_eq!(refused(root.path()).1, ".: note cannot be read: not a PNG, JPEG or WebP picture.");
    assert_eq!(
        refused(&root.path().join("note")).1,
        "note: no format that can be read: expected IDX, .npy, .npz, .csv, PNG, JPEG or WebP, got a file that begins \
         with ff fe 01 02."
    );
}

#[test]
fn a_picture_that_declares_too_much_is_not_decoded() {
    let folder = folder();
    // A valid PNG with other sizes in its header, and the matching checksum.
    let giant = |width: u32, height: u32| {
        let mut png = grey(1, 1);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&png[12..29]);
        png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        refused(&write(&folder, "x.png", png))
    };
    let (code, message) = giant(60_000, 60_000);
    assert_eq!(code, Code::DataFormat);
    assert_eq!(message, "x.png: the picture cannot be read: 60000×60000 pixels, more than 64 million.");
    let (_, message) = giant(i32::MAX as u32, 1);
    assert!(message.starts_with("x.png: the picture cannot be read: "), "{message}");
}
