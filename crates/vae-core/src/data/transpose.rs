//! Exchange of rows and columns in pictures.
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::parallel;

/// Elements that one thread takes at a time.
const PER_TASK: usize = 1 << 18;

/// Turns each picture of `(height, width, channels)`, in place, into one of `(width, height, channels)`: the element at
/// row i, column j comes to row j, column i.
pub(super) fn transpose<T: Copy + Send>(
    elements: &mut [T],
    (height, width, channels): (usize, usize, usize),
) -> Result<()> {
    let size = height * width * channels;
    let tasks = elements.chunks_mut(size * (PER_TASK / size).max(1));
    parallel::map(tasks, &CancelToken::new(), |_, pictures| {
        let mut from = pictures[..size].to_vec();
        for picture in pictures.chunks_exact_mut(size) {
            from.copy_from_slice(picture);
            for (j, column) in picture.chunks_exact_mut(height * channels).enumerate() {
                for (i, pixel) in column.chunks_exact_mut(channels).enumerate() {
                    pixel.copy_from_slice(&from[(i * width + j) * channels..][..channels]);
                }
            }
        }
    })?;
    Ok(())
}
