//! The header of an .npy array: `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }`.
//!
//! It has Python's syntax for a dictionary, but writers only use these three keys, each with values of one form.
//! Reading only that form needs no recursion, so a header of a thousand brackets is refused at the first.

/// The header of an array.
#[derive(Debug)]
pub(in crate::data) struct NpyHeader {
    pub dtype: Dtype,
    pub is_fortran: bool,
    pub sizes: Vec<u64>,
}

/// The element types distinguished here.
#[derive(Debug)]
pub(in crate::data) enum Dtype {
    U8,
    Bool,
    /// 4 or 8 bytes wide.
    Float {
        width: u64,
        is_big: bool,
    },
    /// 1, 2, 4 or 8 bytes wide.
    Integer {
        width: u64,
        is_signed: bool,
        is_big: bool,
    },
    /// Texts of at most `length` letters, of one byte each or, in UCS-4, of four.
    Text {
        length: u64,
        is_bytes: bool,
        is_big: bool,
    },
    /// Pickled Python objects, unsafe to load from an untrusted file.
    Object,
    Unknown(String),
}

impl NpyHeader {
    /// Number of examples in the array: its first size.
    pub(in crate::data) fn n(&self) -> u64 {
        self.sizes.first().copied().unwrap_or(0)
    }

    /// Parses the header's text; the error holds the expected text and the text found.
    pub(in crate::data) fn parse(text: &str) -> Result<Self, String> {
        let mut scanner = Scanner { rest: text };
        let mut dtype = None;
        let mut is_fortran = None;
        let mut sizes = None;
        scanner.skip("{")?;
        while !scanner.found("}") {
            let key = scanner.quoted()?;
            scanner.skip(":")?;
            match key {
                "descr" => dtype = Some(scanner.dtype()?),
                "fortran_order" => is_fortran = Some(scanner.boolean()?),
                "shape" => sizes = Some(scanner.sizes()?),
                _ => return Err(format!("unknown key '{}'", short(key))),
            }
            if !scanner.found(",") {
                scanner.skip("}")?;
                break;
            }
        }
        match (dtype, is_fortran, sizes, scanner.rest.trim()) {
            (Some(dtype), Some(is_fortran), Some(sizes), "") => Ok(Self { dtype, is_fortran, sizes }),
            (_, _, _, "") => Err("expected the keys 'descr', 'fortran_order' and 'shape'".to_owned()),
            (_, _, _, rest) => Err(format!("expected its end, got '{}'", short(rest))),
        }
    }
}

impl Dtype {
    /// Bytes per element; 0 if unknown.
    pub(in crate::data) fn width(&self) -> u64 {
        match self {
            Self::U8 | Self::Bool => 1,
            Self::Float { width, .. } | Self::Integer { width, .. } => *width,
            Self::Text { length, is_bytes, .. } => length.saturating_mul(if *is_bytes { 1 } else { 4 }),
            Self::Object | Self::Unknown(_) => 0,
        }
    }

    /// True for numbers and truth values, including those that examples cannot have.
    pub(in crate::data) fn is_number(&self) -> bool {
        self.is_example() || matches!(self, Self::Integer { .. })
    }

    /// True for the types that examples can have.
    pub(in crate::data) fn is_example(&self) -> bool {
        matches!(self, Self::U8 | Self::Bool | Self::Float { .. })
    }

    /// Parses NumPy's spelling: byte order, kind, width.
    fn parse(descr: &str) -> Self {
        let is_big = descr.starts_with('>');
        let (kind, width) = match descr.strip_prefix(['<', '>', '=', '|']).unwrap_or(descr).split_at_checked(1) {
            Some((kind, width)) => (kind, width.parse::<u64>().ok()),
            None => ("", None),
        };
        match (kind, width) {
            ("u", Some(1)) => Self::U8,
            ("b", Some(1)) => Self::Bool,
            ("f", Some(width @ (4 | 8))) => Self::Float { width, is_big },
            ("i" | "u", Some(width @ (1 | 2 | 4 | 8))) => Self::Integer { width, is_signed: kind == "i", is_big },
            ("U" | "S" | "a", Some(length @ 1..)) => Self::Text { length, is_bytes: kind != "U", is_big },
            ("O", _) => Self::Object,
            _ => Self::Unknown(short(descr)),
        }
    }
}

/// The remaining text.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Skips the token if it is next.
    fn found(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips the token, which must be next.
    fn skip(&mut self, token: &str) -> Result<(), String> {
        if self.found(token) { Ok(()) } else { Err(format!("expected '{token}', got '{}'", short(self.rest))) }
    }

    /// A string in single or double quotes, without escapes.
    fn quoted(&mut self) -> Result<&'a str, String> {
        let quote = if self.found("'") {
            '\''
        } else {
            self.skip("\"")?;
            '"'
        };
        let (string, rest) = self.rest.split_once(quote).ok_or("a string without its closing quote")?;
        self.rest = rest;
        Ok(string)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        if self.found("True") {
            return Ok(true);
        }
        self.skip("False").map(|()| false)
    }

    /// A string; refuses a list of fields, a structured array.
    fn dtype(&mut self) -> Result<Dtype, String> {
        if self.rest.trim_start().starts_with('[') {
            return Err("a structured array; save its fields as arrays of their own".to_owned());
        }
        self.quoted().map(Dtype::parse)
    }

    /// A tuple of at most 32 numbers, NumPy's own limit: `()`, `(3,)`, `(3, 4)`.
    fn sizes(&mut self) -> Result<Vec<u64>, String> {
        self.skip("(")?;
        let mut sizes = Vec::new();
        while !self.found(")") {
            let text = self.rest.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (digits, rest) = text.split_at(end);
            let size = digits.parse().map_err(|_| format!("expected a size, got '{}'", short(text)))?;
            sizes.push(size);
            self.rest = rest;
            if sizes.len() > 32 {
                return Err("more than 32 dimensions".to_owned());
            }
            if !self.found(",") {
                self.skip(")")?;
                break;
            }
        }
        Ok(sizes)
    }
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    text.trim().chars().take(24).collect()
}
