//! Text prepared for a splitter of cells that knows one separator and one kind of line.
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use super::dialect::{BLANK, Dialect};

/// Bytes read at once.
const CHUNK: usize = 1 << 15;

/// A text outside whose quotes runs of blanks are one blank (if blanks separate), comment lines are empty, line ends
/// are `\n`, and no blank precedes a quote.
pub(super) struct Tidy<R> {
    inner: R,
    /// True if any number of blanks is one separator.
    has_blanks: bool,
    separator: u8,
    comment: Option<u8>,
    /// Number of comment lines so far.
    comments: Rc<Cell<u64>>,
    place: Place,
    /// True if the last byte was `\r`, whose `\n` was already written.
    is_return: bool,
    /// True if blanks were read that become a separator before the next cell.
    is_pending: bool,
    chunk: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

/// The place of the next byte.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    LineStart,
    CellStart,
    Cell,
    Quotes,
    /// After a closing quote; a second quote is one of the cell, and opens the quotes again.
    Closed,
    Comment,
}

impl<R: Read> Tidy<R> {
    pub(super) fn new(inner: R, dialect: &Dialect, comments: Rc<Cell<u64>>) -> Self {
        Self {
            inner,
            has_blanks: dialect.separator == BLANK,
            separator: dialect.separator,
            comment: dialect.comment,
            comments,
            place: Place::LineStart,
            is_return: false,
            is_pending: false,
            chunk: vec![0; CHUNK],
            ready: Vec::with_capacity(2 * CHUNK),
            taken: 0,
        }
    }

    fn push(&mut self, byte: u8) {
        let is_second = std::mem::replace(&mut self.is_return, byte == b'\r') && byte == b'\n';
        if is_second {
            return;
        }
        let is_end = byte == b'\n' || byte == b'\r';
        let is_blank = byte == BLANK || byte == b'\t' && self.separator != b'\t';
        match self.place {
            Place::Quotes => {
                self.ready.push(if is_end { b'\n' } else { byte });
                if byte == b'"' {
                    self.place = Place::Closed;
                }
            }
            _ if is_end => {
                self.ready.push(b'\n');
                (self.place, self.is_pending) = (Place::LineStart, false);
            }
            Place::Comment => {}
            Place::LineStart if Some(byte) == self.comment => {
                self.comments.set(self.comments.get() + 1);
                self.place = Place::Comment;
            }
            Place::LineStart | Place::CellStart if is_blank => {}
            Place::Cell | Place::Closed if is_blank && self.has_blanks => self.is_pending = true,
            _ => {
                if std::mem::take(&mut self.is_pending) {
                    self.ready.push(BLANK);
                    self.place = Place::CellStart;
                }
                self.ready.push(byte);
                self.place = match byte {
                    b'"' if self.place != Place::Cell => Place::Quotes,
                    _ if byte == self.separator => Place::CellStart,
                    _ => Place::Cell,
                };
            }
        }
    }
}

impl<R: Read> Read for Tidy<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let mut chunk = std::mem::take(&mut self.chunk);
            let count = self.inner.read(&mut chunk)?;
            chunk.iter().take(count).for_each(|&byte| self.push(byte));
            self.chunk = chunk;
            if count == 0 {
                break;
            }
        }
        let left = self.ready.get(self.taken..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        let (Some(from), Some(to)) = (left.get(..count), buffer.get_mut(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.taken += count;
        Ok(count)
    }
}
