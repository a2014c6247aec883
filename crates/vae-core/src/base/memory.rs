//! The memory budget, and sizes in words.

/// Maximum bytes of θ, its gradient, Adam's moments and one batch together.
pub(crate) const MEMORY: u64 = 16 << 30;

/// Formats a number of bytes: 512 bytes, 1.5 GiB.
pub(crate) fn in_words(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    // 8 GiB, not 8.0 GiB; but 1.5 GiB.
    format!("{} {}", (value * 10.0).round() / 10.0, units[unit])
}
