//! The operands of a product: where the numbers of A and B lie in memory.

/// The operand whose numbers are spread over a register: where its rows start, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// The operand that is read 16 numbers at a time: where its panels start, and how far apart they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes {
    pub(crate) start: *const f32,
    pub(crate) stride: usize,
}

/// Places of the k-th numbers: `a` floats from the start of A's rows, `b` floats from the start of B's panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offset {
    pub(crate) a: u32,
    pub(crate) b: u32,
}
