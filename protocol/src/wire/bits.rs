//! Bits, lowest first.

use super::error::WireError;

/// Appends bits to a vector.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    held: u64,
    held_bits: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            held: 0,
            held_bits: 0,
        }
    }

    /// Writes the low `bits` (at most 32) of `value`; higher ones are cut off.
    pub(super) fn put(&mut self, value: u32, bits: u32) {
        let mask = (1u64 << bits) - 1;
        self.held |= (u64::from(value) & mask) << self.held_bits;
        self.held_bits += bits;
        while self.held_bits >= 8 {
            self.out.push(self.held as u8);
            self.held >>= 8;
            self.held_bits -= 8;
        }
    }

    pub(super) fn put_bit(&mut self, bit: bool) {
        self.put(u32::from(bit), 1);
    }

    /// A bit that says whether there is a value, then the value.
    pub(super) fn put_option(&mut self, value: Option<u32>, bits: u32) {
        self.put_bit(value.is_some());
        if let Some(value) = value {
            self.put(value, bits);
        }
    }

    /// Fills the last byte with zeros.
    pub(super) fn finish(self) {
        if self.held_bits > 0 {
            self.out.push(self.held as u8);
        }
    }
}

/// Takes bits from a slice.
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    held: u64,
    held_bits: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            held: 0,
            held_bits: 0,
        }
    }

    /// The next `bits` (at most 32) as a number.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32, WireError> {
        while self.held_bits < bits {
            let (&byte, rest) = self.rest.split_first().ok_or(WireError::Short)?;
            self.held |= u64::from(byte) << self.held_bits;
            self.held_bits += 8;
            self.rest = rest;
        }
        let value = self.held & ((1u64 << bits) - 1);
        self.held >>= bits;
        self.held_bits -= bits;
        Ok(value as u32)
    }

    pub(super) fn take_bit(&mut self) -> Result<bool, WireError> {
        Ok(self.take(1)? == 1)
    }

    /// As written by [`BitWriter::put_option`].
    pub(super) fn take_option(&mut self, bits: u32) -> Result<Option<u32>, WireError> {
        Ok(if self.take_bit()? {
            Some(self.take(bits)?)
        } else {
            None
        })
    }

    /// Whether only zero bits of the last byte are left.
    pub(super) fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() && self.held == 0 {
            Ok(())
        } else {
            Err(WireError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_bit_first() {
        let mut out = vec![];
        let mut writer = BitWriter::new(&mut out);
        writer.put(0b101, 3);
        writer.put(0xffff_ffff, 7);
        writer.put_option(Some(1), 2);
        writer.put_option(None, 2);
        writer.finish();
        assert_eq!(out, [0b1111_1101, 0b0000_1111]);
        let mut reader = BitReader::new(&out);
        assert_eq!(reader.take(3), Ok(5));
        assert_eq!(reader.take(7), Ok(127));
        assert_eq!(reader.take_option(2), Ok(Some(1)));
        assert_eq!(reader.take(3), Ok(0));
        assert_eq!(reader.take(1), Err(WireError::Short));
    }

    #[test]
    fn what_is_left_must_be_zero_bits_of_the_last_byte() {
        let mut reader = BitReader::new(&[0b0000_0001]);
        assert_eq!(reader.take(1), Ok(1));
        assert_eq!(reader.finish(), Ok(()));
        let mut reader = BitReader::new(&[0b0000_0011]);
        assert_eq!(reader.take(1), Ok(1));
        assert_eq!(reader.finish(), Err(WireError::Trailing));
        let mut reader = BitReader::new(&[1, 0]);
        assert_eq!(reader.take(8), Ok(1));
        assert_eq!(reader.finish(), Err(WireError::Trailing));
    }
}
