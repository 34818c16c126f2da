//! Solana's envelope for messages that are signed off the chain, which hardware wallets put around every
//! text.
//!
//! It begins with a byte that no transaction begins with, so that a signature over a text can never move
//! money. Wallets know two versions, and of version 0 two layouts; who verifies a signature tries them.

use crate::key::WalletKey;

/// The first bytes of every envelope.
const SIGNING_DOMAIN: &[u8; 16] = b"\xffsolana offchain";

/// Text in printable ASCII, which a hardware wallet can show.
const FORMAT_ASCII: u8 = 0;
/// Text in UTF-8 of at most 1,232 bytes with the envelope.
const FORMAT_UTF8: u8 = 1;

/// Everything that `wallet` may have signed for this text of at most 65,535 bytes.
pub(crate) fn forms(wallet: &WalletKey, text: &[u8]) -> Vec<Vec<u8>> {
    let Ok(length) = u16::try_from(text.len()) else {
        return Vec::new();
    };
    let length = length.to_le_bytes();
    let mut forms = Vec::with_capacity(5);
    for format in [FORMAT_UTF8, FORMAT_ASCII] {
        // Version 0 of the specification: application domain (none) and the list of signers.
        forms.push(
            [
                &SIGNING_DOMAIN[..],
                &[0],
                &[0; 32],
                &[format, 1],
                &wallet.0,
                &length,
                text,
            ]
            .concat(),
        );
        // Version 0 as the first implementations have it.
        forms.push([&SIGNING_DOMAIN[..], &[0, format], &length, text].concat());
    }
    // Version 1: the list of signers, and the text up to the end.
    forms.push([&SIGNING_DOMAIN[..], &[1, 1], &wallet.0, text].concat());
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layouts_are_those_of_the_specification() {
        let wallet = WalletKey([7; 32]);
        let forms = forms(&wallet, b"hi");
        let (v0, legacy, v1) = (&forms[0], &forms[1], &forms[4]);
        assert_eq!(forms.len(), 5);
        assert!(forms
            .iter()
            .all(|form| form.starts_with(SIGNING_DOMAIN) && form.ends_with(b"hi")));
        assert_eq!(v0.len(), 16 + 1 + 32 + 1 + 1 + 32 + 2 + 2);
        assert_eq!(v0[16..17], [0]);
        assert_eq!(v0[49..51], [FORMAT_UTF8, 1]);
        assert_eq!(v0[51..83], [7; 32]);
        assert_eq!(v0[83..85], [2, 0]);
        assert_eq!(legacy[16..20], [0, FORMAT_UTF8, 2, 0]);
        assert_eq!(v1.len(), 16 + 1 + 1 + 32 + 2);
        assert_eq!(v1[16..18], [1, 1]);
    }

    #[test]
    fn a_text_that_no_envelope_holds_has_no_form() {
        assert!(forms(&WalletKey([7; 32]), &vec![b'a'; 70_000]).is_empty());
    }
}
