//! Limits of memory, and sizes in words.

/// The most bytes that θ, its gradient, Adam's moments and one batch may need together.
pub(crate) const MEMORY: u64 = 16 << 30;

/// A number of bytes as a person says it: 512 bytes, 1.5 GiB.
pub(crate) fn in_words(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    // 8 GiB rather than 8.0 GiB, and 1.5 GiB.
    format!("{} {}", (value * 10.0).round() / 10.0, units[unit])
}
