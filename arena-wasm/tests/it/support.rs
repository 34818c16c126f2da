//! Chance that a page of JavaScript can draw as well: 32-bit xorshift.

pub(crate) struct Lot(u32);

impl Lot {
    /// `number` must not be 0.
    pub(crate) fn new(number: u32) -> Self {
        Self(number)
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// A number below `n`; its bias does not matter here.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.next() % n
    }
}
