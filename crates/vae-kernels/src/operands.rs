//! The operands of a product: addresses of the numbers of A and B.

/// The operand whose numbers are broadcast to a register: start and stride of its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowOperand {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// The operand that is read 16 numbers at a time: start and stride of its panels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaneOperand {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// Offsets of the k-th numbers: `a` floats from the start of A's rows, `b` floats from the start of B's panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offset {
    pub(crate) a: u32,
    pub(crate) b: u32,
}
