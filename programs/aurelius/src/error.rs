//! What the program says when it refuses: a number, [`AureliusError`], and one way to return it.

use anchor_lang::{error::AnchorError, prelude::*};

mod code;
mod list;

pub use code::AureliusError;

/// Makes the error that a handler returns. Out of line, once: Anchor's own macros would put it, with
/// a source position, into every place that can refuse, and treble the program's size. On chain it carries
/// number and name; the text of every number is in the IDL, and would be 40 kB of the program with what Anchor
/// makes of it.
#[cold]
#[inline(never)]
pub(crate) fn refuse(reason: AureliusError) -> Error {
    if !cfg!(target_os = "solana") {
        return reason.into();
    }
    AnchorError {
        error_name: format!("{reason:?}"),
        error_code_number: reason.code(),
        error_msg: String::new(),
        error_origin: None,
        compared_values: None,
    }
    .into()
}

/// Returns with an error of this program unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $reason:expr $(,)?) => {
        if !$condition {
            return Err($crate::error::refuse($reason));
        }
    };
}
